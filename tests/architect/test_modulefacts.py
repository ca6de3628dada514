"""A Terraform module is held against the repository: what the architect draws agrees, and what contradicts the evidence loses score."""

from __future__ import annotations

from dataclasses import replace

import pytest

from architect import render
from architect.expectations import expectations
from architect.request import Request, Style, Target
from artifacts.judging.grounding import ground
from artifacts.judging.outcomes import Outcome, Verdict
from artifacts.judging.parts import score_parts
from artifacts.records import Artifact, Kind, Severity
from tests.architect.samples import sample, together

CLOUDS = ("aws", "gcp", "azure", "ibm", "oracle")


def module(cloud: str) -> tuple[Request, list[Artifact]]:
    """Return what is asked for the Flask sample in a cloud, and the module that is drawn for it."""
    request = Request(profile=sample("flask"), targets=(Target("terraform", {"cloud": cloud}),))
    return request, list(render(request, Style.HARDENED).artifacts)


def changed(files: list[Artifact], old: str, new: str) -> list[Artifact]:
    """Return the files with a text replaced, which must stand in one of them."""
    assert any(old in item.content for item in files)
    return [replace(item, content=item.content.replace(old, new)) for item in files]


def told(request: Request, files: list[Artifact], name: str) -> Outcome:
    """Return how the fact of this name fares."""
    return next(outcome for outcome in ground(files, expectations(request)).outcomes if outcome.expectation.name == name)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_module_drawn_agrees_with_every_fact(cloud: str) -> None:
    request, files = module(cloud)
    outcomes = ground(files, expectations(request)).outcomes
    assert {outcome.expectation.name for outcome in outcomes} == {"image", "port", "health", "service", "secret"}
    assert [outcome.reason for outcome in outcomes if outcome.verdict is not Verdict.AGREES] == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("port", "8000", "3000"),
        ("health", "/health", "/ready"),
        ("service", "google_sql_database_instance", "google_storage_bucket"),
    ],
)
def test_a_contradiction_is_found_where_it_stands_and_costs_score(name: str, old: str, new: str) -> None:
    request, files = module("gcp")
    wrong = changed(files, old, new)
    outcome = told(request, wrong, name)
    assert outcome.verdict is Verdict.DIFFERS
    assert outcome.expectation.evidence in outcome.reason
    known = expectations(request)
    before, after = (
        next(part.value for part in score_parts(answer, known, (), ground(answer, known)) if part.name == "grounded")
        for answer in (files, wrong)
    )
    assert after < before


def test_a_wrong_port_is_an_error_where_a_file_states_the_port_and_a_warning_where_others_run_too() -> None:
    request, files = module("gcp")
    found = ground(changed(files, "8000", "3000"), expectations(request)).findings
    assert [(finding.rule, finding.severity) for finding in found] == [("evidence_port", Severity.ERROR)]
    several = Request(profile=together(), targets=request.targets)
    assert not any(fact.firm for fact in expectations(several).facts if fact.name == "port")


@pytest.mark.parametrize(
    "given",
    [
        'env {\n  name = "DATABASE_URL"\n  value = var.url\n}',
        'x = jsonencode([{ environment = [{ name = "DATABASE_URL", value = var.url }] }])',
        "environment_variables = {\n  LOG_LEVEL = var.level\n  DATABASE_URL = var.url\n}",
    ],
)
def test_a_secret_in_a_plain_variable_is_told_at_its_line(given: str) -> None:
    request, _ = module("gcp")
    text = f'resource "google_cloud_run_v2_service" "a" {{\n{given}\n}}\n'
    outcome = told(request, [Artifact("terraform/main.tf", text, Kind.TERRAFORM)], "secret")
    assert outcome.verdict is Verdict.DIFFERS
    assert "DATABASE_URL as a plain variable" in outcome.reason
    assert outcome.line is not None
    assert "DATABASE_URL" in text.split("\n")[outcome.line - 1]


def test_the_example_image_of_a_cloud_is_not_the_repositorys() -> None:
    request, _ = module("gcp")
    text = 'resource "google_cloud_run_v2_service" "a" {\n  template {\n    containers { image = "gcr.io/cloudrun/hello" }\n  }\n}\n'
    outcome = told(request, [Artifact("terraform/main.tf", text, Kind.TERRAFORM)], "image")
    assert outcome.verdict is Verdict.DIFFERS
    assert "an example of the cloud's" in outcome.reason
