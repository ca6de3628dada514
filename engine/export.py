"""A run as one JSON document, for keeping, attaching to a review, or another program."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson

from artifacts.records import Assessment
from providers import report
from providers.records import Verdict


def run_document(verdict: Verdict, prompt: str | None = None) -> dict[str, Any]:
    """Return everything about a verdict as plain data: SPEC §4's dictionary, the files, the judge's view of each answer, the prompt."""
    document = report.of_verdict(verdict)
    if prompt is not None:
        document["prompt"] = prompt
    for entry, candidate in zip(document["individual_responses"], verdict.candidates, strict=True):
        entry["assessment"] = None if candidate.assessment is None else assessment_document(candidate.assessment)
    document["artifacts"] = [dataclasses.asdict(artifact) for artifact in verdict.artifacts]
    document["assessment"] = None if verdict.assessment is None else assessment_document(verdict.assessment)
    return document


def assessment_document(assessment: Assessment) -> dict[str, Any]:
    """Return the judge's view of one answer as plain data, without repeating its files."""
    return {
        "score": assessment.score,
        "clean": assessment.clean,
        "parts": [dataclasses.asdict(part) for part in assessment.parts],
        "findings": [dataclasses.asdict(finding) for finding in assessment.findings],
        "checks": [dataclasses.asdict(check) for check in assessment.checks],
        "decisions": [dataclasses.asdict(decision) for decision in assessment.decisions],
        "problems": list(assessment.problems),
    }


def run_json(verdict: Verdict, prompt: str | None = None) -> bytes:
    """Return the document as indented JSON."""
    return orjson.dumps(run_document(verdict, prompt), option=orjson.OPT_INDENT_2)
