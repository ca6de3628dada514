"""What is expected of an answer comes from the repository, and is firm only where another value would be wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from architect import answer_text, render
from architect.expectations import expectations
from architect.profile import Basis, Evidence, Fact
from architect.request import Request, Style, Target
from artifacts.judge import assess_answer
from artifacts.records import Expectation, Severity
from tests.architect.samples import SAMPLES, sample, together

BOTH = (Target("dockerfile"), Target("compose"))


def facts(request: Request) -> dict[str, Expectation]:
    """Return the facts by `name`, or `path#name` where there are several components."""
    found = expectations(request).facts
    return {fact.name: fact for fact in found}


def test_every_file_is_expected_where_it_belongs() -> None:
    """Dockerfiles, their ignore files and one Compose file; the files of the repository are known."""
    expected = expectations(Request(profile=together(), targets=BOTH))
    assert expected.files == (
        "backend/Dockerfile",
        "frontend/Dockerfile",
        "backend/.dockerignore",
        "frontend/.dockerignore",
        "compose.yaml",
    )
    assert expected.known_paths
    assert "backend/app.py" in expected.known_paths
    assert expectations(Request(profile=together(), targets=(Target("compose"),))).files == ("compose.yaml",)


def test_facts_name_their_place() -> None:
    """Port, version, start command, health path and services, each with the file that proves it."""
    found = facts(Request(profile=sample("flask"), targets=BOTH))
    assert found["port"].accepted == ("8000",)
    assert found["port"].evidence.startswith("Procfile:1")
    assert found["runtime"].accepted == ("3.12",)
    assert found["runtime"].firm
    assert "app:app" in found["start"].accepted
    assert found["health"].accepted == ("/health",)
    assert not found["health"].firm
    assert "postgres" in found["service"].accepted
    assert found["service"].firm
    assert found["service"].path == "compose.yaml"


def test_a_start_command_binds_only_where_a_manifest_names_the_module() -> None:
    """A README or a convention shows one way of several."""
    profile = sample("flask")
    for path, firm in (("Procfile", True), ("README.md", False)):
        start = Fact(("gunicorn", "app:app"), Basis.DECLARED, (Evidence(path, 1),))
        changed = profile.replacing(replace(profile.components[0], start=start))
        assert facts(Request(profile=changed, targets=BOTH))["start"].firm is firm


def test_the_users_words_are_facts() -> None:
    """What the instruction says is expected of every member's answer."""
    found = facts(Request(profile=sample("flask"), targets=BOTH, instruction="port 9000, Python 3.11"))
    assert found["port"].accepted == ("9000",)
    assert found["port"].firm
    assert found["runtime"].accepted == ("3.11",)
    assert found["runtime"].firm


@pytest.mark.parametrize(
    ("excerpt", "accepted", "not_accepted"),
    [
        ('requires-python = ">=3.10"', ("3.10", "3.14"), ("3.9",)),
        ('requires-python = ">=3.10,<3.13"', ("3.10", "3.12"), ("3.13", "3.9")),
        ('python = "^3.11"', ("3.11", "3.14"), ("3.10",)),
    ],
)
def test_a_range_accepts_every_version_in_it_and_is_not_firm(
    excerpt: str, accepted: tuple[str, ...], not_accepted: tuple[str, ...]
) -> None:
    """A model that takes another version of the range is not wrong."""
    profile = sample("flask")
    runtime = Fact("3.12", Basis.DECLARED, (Evidence("pyproject.toml", 3, excerpt),))
    found = facts(Request(profile=profile.replacing(replace(profile.components[0], runtime=runtime)), targets=BOTH))["runtime"]
    assert set(accepted) <= set(found.accepted)
    assert not set(not_accepted) & set(found.accepted)
    assert not found.firm


def test_a_compiled_program_may_have_any_name() -> None:
    """Nothing is expected of the start command of a Go image; a newer compiler is fine."""
    found = facts(Request(profile=sample("go"), targets=BOTH))
    assert "start" not in found
    assert {"1.25", "1.26"} <= set(found["runtime"].accepted)
    assert not found["runtime"].firm


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", [*SAMPLES, "together"])
async def test_the_architects_own_answers_meet_them(name: str, style: Style) -> None:
    """No answer of ours contradicts what the repository proves, and every file is there."""
    request = Request(profile=together() if name == "together" else sample(name), targets=BOTH)
    assessment = await assess_answer(answer_text(render(request, style)), expectations(request))
    assert assessment.clean, assessment.findings
    assert assessment.count(Severity.ERROR) == 0
    assert assessment.score >= 0.9, assessment.parts
