"""The ignore file keeps junk and secrets out of the build, and never what the Dockerfile copies."""

from __future__ import annotations

import pytest

from architect.blueprint import Site
from architect.blueprints import BLUEPRINTS
from architect.blueprints.dockerignore import ignores
from architect.plan import Copy, ImagePlan, Stage
from architect.profile import Component
from architect.request import Style, Target
from tests.support.plans import PYTHON_SLIM, express, flask, profile_of


def lines(component: Component, *sources: str, files: tuple[str, ...] = ()) -> list[str]:
    """Return the patterns drawn for a plan that copies these sources."""
    plan = ImagePlan(stages=(Stage("runtime", PYTHON_SLIM, tuple(Copy((source,), "/app/") for source in sources)),), start=("a",))
    site = Site(profile=profile_of(component, files=files), style=Style.LEAN, target=Target("dockerfile"), plans={component.name: plan})
    (page,) = BLUEPRINTS["dockerignore"].draw(site).pages
    assert page.path == component.dockerignore_path
    return [line for line in page.text().splitlines() if line and not line.startswith("#")]


def test_history_secrets_and_installed_packages_stay_out() -> None:
    """Whatever the stack: Git, .env and container files; for Python its byte code and environments."""
    found = lines(flask(), ".")
    assert {".git", "**/.env", "**/.env.*", "**/Dockerfile*", "**/__pycache__", "**/.venv"} <= set(found)
    assert "**/node_modules" in lines(express(), ".")
    assert "**/__pycache__" not in lines(express(), ".")


@pytest.mark.parametrize("source", ["dist", "dist/app.js", "./dist/", "dist/*.js"])
def test_what_is_copied_by_name_is_never_ignored(source: str) -> None:
    """A Dockerfile that copies a build result from the context needs it there."""
    assert "**/dist" not in lines(express(), source)
    assert "**/dist" in lines(express(), "src")


def test_what_the_repository_carries_is_never_ignored() -> None:
    """A folder called dist or log with files of the repository is source."""
    assert "**/dist" not in lines(express(), ".", files=("api/dist/index.js",))
    assert "**/*.log" not in lines(express(), ".", files=("api/sample.log",))
    assert "**/*.pem" not in lines(flask(), ".", files=("certs/ca.pem",))


def test_settings_without_secrets_are_kept() -> None:
    """A build may read .env.production, which the repository carries on purpose; .env.example never hurts."""
    found = lines(flask(), ".", files=(".env.example", "web/.env.production"))
    assert found.index("**/.env.*") < found.index("!**/.env.example")
    assert "!web/.env.production" in found


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        (".git", ".git/config", True),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "docs/README.md", True),
        ("**/dist", "dist", True),
        ("**/dist", "web/dist/a.js", True),
        ("build", "builder", False),
        ("log/*", "log/a", True),
        ("**/*.py[cod]", "a/b.pyc", True),
        ("**/.env.*", ".env.example", True),
    ],
)
def test_patterns_mean_what_docker_means(pattern: str, path: str, expected: bool) -> None:
    """A pattern is anchored at the context's root unless it begins with `**/`."""
    assert ignores(pattern, path) is expected
