"""One Compose file ties components, further processes and services, and the real Compose accepts it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from architect.blueprint import Drawing, Site
from architect.blueprints import BLUEPRINTS
from architect.changes import Changes
from architect.profile import Basis, Component, Fact, Variable
from architect.request import Style, Target
from architect.services import SERVICES
from architect.stacks.static import Static
from tests.support.docker_tools import compose_config
from tests.support.plans import express, flask, node_plan, pages, profile_of, python_plan


def site(style: Style = Style.LEAN, changes: Changes | None = None, first: Component | None = None) -> Site:
    """Return three components: a Flask service with a worker, an Express service and static pages."""
    component = first or flask()
    plans = {component.name: python_plan(component, style), "api": node_plan(express(), style), "web": Static().plan(pages(), style)}
    profile = profile_of(component, express(), pages())
    return Site(
        profile=profile, style=style, target=Target("compose"), plans=plans, changes=changes or Changes(), targets=("dockerfile", "compose")
    )


def draw(given: Site) -> Drawing:
    """Draw the Compose file."""
    return BLUEPRINTS["compose"].draw(given)


def data(given: Site) -> dict[str, Any]:
    """Return the drawn file as YAML reads it."""
    loaded: dict[str, Any] = yaml.safe_load(draw(given).pages[0].text())
    return loaded


@pytest.mark.parametrize("style", Style)
def test_the_real_compose_accepts_it(style: Style, tmp_path: Path) -> None:
    """`docker compose config` has nothing against the file once the required variables are set."""
    text = draw(site(style)).pages[0].text()
    assert compose_config(text, tmp_path, ["POSTGRES_PASSWORD", "MONGO_PASSWORD", "SECRET_KEY"]) == ""


def test_a_missing_password_is_an_error_and_none_is_invented(tmp_path: Path) -> None:
    """Compose refuses to start without the password and says where to set it."""
    text = draw(site()).pages[0].text()
    assert "set SECRET_KEY in .env" in compose_config(text, tmp_path, ["POSTGRES_PASSWORD", "MONGO_PASSWORD"])
    assert "# Set in a file .env beside this one, never in Git: POSTGRES_PASSWORD, SECRET_KEY, MONGO_PASSWORD." in text


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("style", [Style.LEAN, Style.HARDENED])
def test_every_service_makes_a_valid_file(service: str, style: Style, tmp_path: Path) -> None:
    """Whatever a component needs, the file is valid, the service has a check, and its port stays inside."""
    component = flask(services=(Fact(service, Basis.DECLARED),), variables=())
    given = site(style, first=component)
    file = data(given)
    assert compose_config(draw(given).pages[0].text(), tmp_path, {*SERVICES[service].secrets, "MONGO_PASSWORD"}) == ""
    assert file["services"][service]["healthcheck"]["test"][0] == "CMD"
    assert "ports" not in file["services"][service]
    assert file["services"]["shop"]["depends_on"][service] == {"condition": "service_healthy"}


def test_clients_get_what_the_code_reads() -> None:
    """The names come from the code, the scheme from the repository's own example, the broker from its own default."""
    shop = data(site())["services"]["shop"]["environment"]
    assert shop["DATABASE_URL"] == "postgresql+psycopg://app:${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD in .env}@postgres:5432/app"
    assert shop["CELERY_BROKER_URL"] == "redis://redis:6379/0"
    assert shop["SECRET_KEY"] == "${SECRET_KEY:?set SECRET_KEY in .env}"
    assert data(site())["services"]["api"]["environment"]["MONGODB_URI"].startswith("mongodb://app:$")


def test_the_worker_runs_the_same_image_without_a_port() -> None:
    """It has its own command and check, and waits for the same services."""
    services = data(site())["services"]
    worker = services["shop-worker"]
    assert worker["build"] == services["shop"]["build"]
    assert worker["command"] == ["celery", "-A", "shop", "worker"]
    assert "ports" not in worker
    assert worker["healthcheck"]["test"] == ["CMD-SHELL", "celery -A shop inspect ping -d celery@$$HOSTNAME"]
    assert set(worker["depends_on"]) == {"postgres", "redis"}


def test_a_host_name_of_the_settings_is_an_alias() -> None:
    """The repository's example speaks to `db`; the server answers to that name as well."""
    assert data(site())["services"]["postgres"]["networks"] == {"default": {"aliases": ["db"]}}


def test_host_ports_are_all_different() -> None:
    """Two components on the same port are published side by side; privileged ports are moved up."""
    component = flask()
    given = site(first=component)
    plans = {**given.plans, "api": replace(given.plans["api"], port=8000), "web": replace(given.plans["web"], port=80)}
    services = data(replace(given, plans=plans))["services"]
    assert [services[name]["ports"] for name in ("shop", "api", "web")] == [["8000:8000"], ["8001:8000"], ["8080:80"]]


def test_hardened_takes_away_what_is_not_needed() -> None:
    """Read-only, no capabilities, no new rights, loopback only, services without a way out."""
    file = data(site(Style.HARDENED))
    shop = file["services"]["shop"]
    assert shop["read_only"] is True
    assert shop["tmpfs"] == ["/tmp"]
    assert shop["volumes"] == ["shop-uploads:/app/uploads"]
    assert shop["cap_drop"] == ["ALL"]
    assert shop["security_opt"] == ["no-new-privileges:true"]
    assert shop["ports"] == ["127.0.0.1:8000:8000"]
    assert shop["deploy"]["resources"]["limits"] == {"cpus": "1.0", "memory": "512M", "pids": 256}
    assert file["networks"]["backend"] == {"internal": True}
    assert list(file["services"]["postgres"]["networks"]) == ["backend"]
    assert file["services"]["web"]["networks"] == ["frontend"]


def test_nothing_is_mounted_over_the_code_of_a_program_that_writes_beside_it() -> None:
    """An empty file system over the code would hide it: such a service is not read-only, and the notes say so."""
    given = site(Style.HARDENED)
    plan = replace(given.plans["api"], writable=("/tmp", "/app", "/app/uploads"))
    given = replace(given, plans={**given.plans, "api": plan})
    service = data(given)["services"]["api"]
    assert "read_only" not in service
    assert "tmpfs" not in service
    assert service["volumes"] == ["api-uploads:/app/uploads"]
    assert any("/app" in note and "not read-only" in note for note in draw(given).notes)
    assert data(given)["services"]["web"]["read_only"] is True


def test_the_styles_agree_on_services_and_ports() -> None:
    """They differ in protection, limits and rebuilds, not in what runs."""
    files = {style: data(site(style)) for style in Style}
    names = [list(file["services"]) for file in files.values()]
    assert names[0] == names[1] == names[2]
    assert {str(file["services"]["shop"]["ports"][0]).removeprefix("127.0.0.1:") for file in files.values()} == {"8000:8000"}
    assert "develop" in files[Style.CACHED]["services"]["shop"]
    assert "read_only" not in files[Style.LEAN]["services"]["shop"]


def test_wishes_reach_the_file() -> None:
    """No volumes, both processors, a read-only root."""
    file = data(site(changes=Changes(volumes=False, platforms=("linux/amd64", "linux/arm64"), read_only=True)))
    assert "volumes" not in file
    assert "volumes" not in file["services"]["postgres"]
    assert file["services"]["shop"]["build"]["platforms"] == ["linux/amd64", "linux/arm64"]
    assert file["services"]["shop"]["tmpfs"] == ["/tmp", "/app/uploads:uid=10001,gid=10001"]


def test_a_name_that_a_component_bears_is_not_given_to_a_service() -> None:
    """A repository that has its own part called redis still gets a Redis."""
    services = data(site(first=flask(name="redis")))["services"]
    assert "build" in services["redis"]
    assert services["redis-server"]["image"].startswith("redis:")
    assert services["redis"]["environment"]["CELERY_BROKER_URL"] == "redis://redis-server:6379/0"


def test_an_existing_file_keeps_its_name() -> None:
    """A second Compose file beside docker-compose.yml would shadow it."""
    given = site()
    existing = replace(given, profile=replace(given.profile, existing={"compose": ("deploy/compose.yaml", "docker-compose.yml")}))
    assert draw(existing).pages[0].path == "docker-compose.yml"
    assert draw(given).pages[0].path == "compose.yaml"


def test_a_missing_dockerfile_is_mentioned() -> None:
    """Compose alone builds from files that nobody asked for."""
    assert draw(site()).notes == ()
    (note,) = draw(replace(site(), targets=("compose",))).notes
    assert "Dockerfile, api/Dockerfile and web/Dockerfile" in note


def test_variables_without_default_pass_through_and_optional_secrets_do_not_block() -> None:
    """Only a secret the code cannot do without is required."""
    variables = (
        Variable("SENTRY_DSN", None, True),
        Variable("REGION", None, False),
        Variable("PORT", None, False),
        Variable("DEBUG", "0", False),
    )
    environment = data(site(first=flask(variables=variables, services=())))["services"]["shop"]["environment"]
    assert environment == {"SENTRY_DSN": None, "REGION": None}


def test_each_service_has_its_proof() -> None:
    """The reason of a service's line names the file that needs it."""
    page = draw(site()).pages[0]
    lines = page.text().splitlines()
    reason = next(reason for reason in page.reasons() if lines[reason.line - 1] == "  redis:")
    assert reason.text == "Redis, needed by shop"
    assert str(reason.evidence[0]) == "requirements.txt:4"
