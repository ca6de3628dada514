"""One decision carried from one artifact to another, everything else left as it was."""

from __future__ import annotations

import difflib

import pytest

from artifacts.compare import decisions, take_decision
from artifacts.parse import kind_of
from artifacts.records import Artifact, Decision
from tests.artifacts.test_compare import COMPOSE, DOCKERFILE

DONOR = """\
FROM python:3.13-slim
RUN useradd --system --uid 999 app
WORKDIR /srv/app
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
ENV PYTHONUNBUFFERED=1 LOG_LEVEL=info
EXPOSE 5000
USER app
STOPSIGNAL SIGINT
HEALTHCHECK --interval=10s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/ready')"]
ENTRYPOINT ["tini", "--"]
CMD ["uvicorn", \\
     "app:api", "--port", "5000"]
"""


def artifact(content: str, path: str = "Dockerfile") -> Artifact:
    return Artifact(path, content, kind_of(path, content))


def take(name: str, ours: str, theirs: str, path: str = "Dockerfile") -> str:
    donor = artifact(theirs, path)
    wanted = next((item for item in decisions(donor) if item.name == name), Decision(path, name, "none"))
    return take_decision(artifact(ours, path), wanted, donor).content


def changed(ours: str, result: str) -> list[str]:
    return [line for line in difflib.ndiff(ours.splitlines(), result.splitlines()) if line[0] in "+-"]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("base_image", ["- FROM python:3.12-slim", "+ FROM python:3.13-slim"]),
        (
            "runtime",
            ["- FROM python:3.12-slim AS build", "+ FROM python:3.13-slim AS build", "- FROM python:3.12-slim", "+ FROM python:3.13-slim"],
        ),
        ("user", ["- USER 10001", "+ RUN useradd --system --uid 999 app", "+ USER app"]),
        ("stop_signal", ["+ STOPSIGNAL SIGINT"]),
        (
            "health_check",
            [
                '- HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000/health"]',
                "+ HEALTHCHECK --interval=10s CMD "
                '["python", "-c", "import urllib.request as u; u.urlopen(\'http://127.0.0.1:8000/ready\')"]',
            ],
        ),
        (
            "start",
            [
                '- CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "app:app"]',
                '+ ENTRYPOINT ["tini", "--"]',
                '+ CMD ["uvicorn", \\',
                '+      "app:api", "--port", "5000"]',
            ],
        ),
    ],
)
def test_a_dockerfile_decision_changes_only_its_own_lines(name: str, changes: list[str]) -> None:
    ours = DOCKERFILE.replace("USER 10001", "") if name == "user-none" else DOCKERFILE
    if name == "user":
        ours = DOCKERFILE.replace("USER 10001", "USER 0")
        changes = ["- USER 0", *changes[1:]]
    assert sorted(changed(ours, take(name, ours, DONOR))) == sorted(changes)


def test_taking_the_port_changes_it_wherever_the_image_names_it() -> None:
    result = take("port", DOCKERFILE, DONOR)
    assert "8000" not in result
    assert result.count("5000") == 4


def test_taking_root_removes_the_user() -> None:
    assert "USER" not in take("user", DOCKERFILE, DOCKERFILE.replace("USER 10001\n", ""))


def test_taking_the_working_directory_moves_every_path_below_it() -> None:
    result = take("workdir", DOCKERFILE, DONOR)
    assert "/srv/app" in result
    assert " /app" not in result


def test_taking_the_environment_keeps_the_port() -> None:
    result = take("environment", DOCKERFILE, DOCKERFILE.replace("PYTHONUNBUFFERED=1", "LOG_LEVEL=info"))
    assert "LOG_LEVEL=" in result
    assert "PYTHONUNBUFFERED" not in result
    assert "PORT=8000" in result


def test_taking_system_packages_exchanges_the_one_install() -> None:
    result = take("system_packages", DOCKERFILE, DOCKERFILE.replace("curl libpq5", "wget"))
    assert [line[:1] for line in changed(DOCKERFILE, result)] == ["-", "+"]


def test_taking_no_health_check_removes_it() -> None:
    assert "HEALTHCHECK" not in take("health_check", DOCKERFILE, DOCKERFILE.replace("HEALTHCHECK", "# HEALTHCHECK"))


@pytest.mark.parametrize(
    ("name", "theirs", "words"),
    [
        ("multi_stage", DONOR, "take the whole"),
        ("package_manager", DONOR.replace("pip install --no-cache-dir -r requirements.txt", "uv sync --locked"), "take the whole"),
        ("base_image", DONOR.replace("python:3.13-slim", "python:3.13-alpine"), "apt-get"),
        ("base_image", 'FROM gcr.io/distroless/python3-debian12\nCMD ["x"]\n', "no shell"),
        (
            "health_check",
            DOCKERFILE.replace("libpq5", "libpq5 wget").replace('"curl", "-f"', '"wget", "-q"').replace("/health", "/w"),
            "needs wget",
        ),
        ("user", 'FROM node:22\nUSER node\nCMD ["x"]\n', "comes with node:22"),
        ("user", DONOR.replace("RUN useradd --system --uid 999 app", "RUN make && useradd app"), "other work"),
        ("build_image", DONOR, "correspond"),
        ("start", "FROM python:3.13\n", "no start command"),
        ("runtime", 'FROM ruby:3.4\nCMD ["x"]\n', "no stage"),
        ("port", DONOR.replace("EXPOSE 5000", "EXPOSE 5000 5001"), "exactly one"),
        ("start", "RUNN\n", "cannot be read"),
    ],
)
def test_a_decision_that_cannot_be_taken_alone_says_why(name: str, theirs: str, words: str) -> None:
    ours = DOCKERFILE.replace("USER 10001\n", "") if name == "user" else DOCKERFILE
    with pytest.raises(ValueError, match=words):
        take_decision(artifact(ours), Decision("Dockerfile", name, "x"), artifact(theirs))


def test_an_equal_decision_changes_nothing() -> None:
    assert take("workdir", DOCKERFILE, DOCKERFILE.replace("3.12", "3.13")) == DOCKERFILE


COMPOSE_DONOR = """\
services:
    web:
        build:
            context: ./web   # another place
            target: final
        ports: ["127.0.0.1:80:9000"]
        restart: unless-stopped
        depends_on:
            cache:
                condition: service_healthy
        volumes:
            - uploads:/uploads
        healthcheck:
            # asks itself
            test: ["CMD", "wget", "-q", "http://localhost:9000/up"]

            interval: 5s
    cache:
        image: redis:8
        volumes: ["cache:/data"]
volumes:
    uploads:
    cache:
        driver: local
"""


def test_a_compose_decision_is_moved_with_its_comments_and_indented_to_fit() -> None:
    result = take("web.health_check", COMPOSE, COMPOSE_DONOR, "compose.yaml")
    assert "        # asks itself\n        test:" in result
    assert [line for line in changed(COMPOSE, result) if line.startswith("-")] == []


@pytest.mark.parametrize("name", ["web.build", "web.ports", "web.restart", "web.container_port"])
def test_a_compose_decision_changes_only_its_own_lines(name: str) -> None:
    result = take(name, COMPOSE, COMPOSE_DONOR, "compose.yaml")
    ours = {item.name: item.value for item in decisions(artifact(COMPOSE, "compose.yaml"))}
    now = {item.name: item.value for item in decisions(artifact(result, "compose.yaml"))}
    theirs = {item.name: item.value for item in decisions(artifact(COMPOSE_DONOR, "compose.yaml"))}
    assert now[name] == theirs[name]
    related = {name, "web.ports", "web.container_port"} if "port" in name else {name}
    assert {key for key in now if now[key] != ours.get(key)} <= related


def test_a_volume_brings_its_definition_along() -> None:
    result = take("web.volumes", COMPOSE, COMPOSE_DONOR, "compose.yaml")
    assert "uploads" in {item.value for item in decisions(artifact(result, "compose.yaml")) if item.name == "volumes"}.pop()


def test_a_key_without_a_value_ends_on_its_own_line() -> None:
    ours = "services:\n  web:\n    image: nginx:1.29\n    restart: always\n"
    theirs = "services:\n  web:\n    image: nginx:1.29\n    networks:\n      backend:\n    restart: always\nnetworks:\n  backend:\n"
    result = take("web.networks", ours, theirs, "compose.yaml")
    assert result == ours + "    networks:\n      backend:\n\nnetworks:\n  backend:\n"


def test_volumes_in_memory_are_taken_with_the_others() -> None:
    ours = "services:\n  web:\n    image: nginx:1.29\n"
    assert take("web.volumes", ours, ours + "    tmpfs:\n      - /tmp\n", "compose.yaml") == ours + "    tmpfs:\n      - /tmp\n"
    assert take("web.volumes", ours + "    tmpfs: [/tmp]\n", ours, "compose.yaml") == ours


def test_a_service_can_be_added_with_what_it_needs() -> None:
    ours = "services:\n  web:\n    build: .\n"
    result = take("services", ours, COMPOSE_DONOR, "compose.yaml")
    found = {item.name: item.value for item in decisions(artifact(result, "compose.yaml"))}
    assert found["services"] == "cache, web"
    assert found["cache.image"] == "redis:8"
    assert found["volumes"] == "cache"


def test_a_removed_key_leaves_the_rest() -> None:
    result = take(
        "web.depends_on",
        COMPOSE.replace("    command", "    restart: always\n    command"),
        "services:\n  web:\n    build: .\n",
        "compose.yaml",
    )
    assert "depends_on" not in result
    assert "restart: always" in result


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "words"),
    [
        ("web.depends_on", COMPOSE, COMPOSE_DONOR, "does not have"),
        ("api.ports", COMPOSE, "services:\n  api:\n    image: x\n    ports: [80]\n", "no service api"),
        ("services", COMPOSE, "services:\n  web:\n    build: .\n", "depends on db"),
        ("volumes", COMPOSE, "services:\n  web:\n    build: .\nvolumes:\n  other:\n", "still uses data"),
        (
            "web.restart",
            "services:\n  web: {build: ., restart: always}\n",
            "services:\n  web:\n    build: .\n    restart: no\n",
            "one line",
        ),
        (
            "web.restart",
            "x-b: &b\n  restart: always\nservices:\n  web:\n    <<: *b\n    build: .\n",
            "services:\n  web:\n    build: .\n    restart: no\n",
            "anchor",
        ),
    ],
)
def test_a_compose_decision_that_cannot_be_taken_alone_says_why(name: str, ours: str, theirs: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        take_decision(artifact(ours, "compose.yaml"), Decision("compose.yaml", name, "x"), artifact(theirs, "compose.yaml"))


def test_ignore_patterns_can_be_taken() -> None:
    result = take("ignores_env_files", "node_modules\n", "# secrets\n.env\n.env.*\n", ".dockerignore")
    assert result == "node_modules\n.env\n.env.*\n"
