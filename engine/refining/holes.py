"""What is left to repair in an answer: findings, files that are missing, decisions that nobody took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from artifacts import compare
from artifacts.records import Artifact, Assessment, Expectations, Kind, Severity
from engine.refining.records import Hole, Lack

_OPEN = frozenset({"", "none", "root"})
"""Values of a decision with which a file leaves the question open."""
_ASKED = {Kind.DOCKERFILE: ("port", "start", "user", "health_check", "runtime")}
"""Decisions whose names are the same in every file of a kind, so that a missing one can be told."""

_SEVERITIES = tuple(Severity)


def holes(assessment: Assessment, expectations: Expectations | None, models: Mapping[str, Sequence[Artifact]]) -> tuple[Hole, ...]:
    """Return what is left to repair, the worst first; `models` are the architect's renderings of each path."""
    present = {artifact.path: artifact for artifact in assessment.artifacts}
    asked = expectations.files if expectations else ()
    found = [
        Hole(Lack.FINDING, finding.path, finding.message, finding.severity, finding.rule, finding.line)
        for finding in assessment.findings
        if finding.path in present or finding.path in asked
    ]
    for path in asked:
        if path not in present:
            found.append(Hole(Lack.MISSING_FILE, path, f"{path} was asked for and is missing.", Severity.ERROR))
    for path, artifact in present.items():
        found += _undecided(artifact, models.get(path, ()))
    return tuple(sorted(found, key=lambda hole: (_SEVERITIES.index(hole.severity), hole.path, hole.line or 0, hole.rule)))


def _undecided(artifact: Artifact, models: Sequence[Artifact]) -> list[Hole]:
    """Return a hole for each question that every rendering of the architect decides and this file leaves open."""
    asked = _ASKED.get(artifact.kind, ())
    if not asked or not models:
        return []
    mine = {decision.name: decision.value for decision in compare.decisions(artifact)}
    theirs = [{decision.name: decision.value for decision in compare.decisions(model)} for model in models]
    missing = [
        name for name in asked if mine and mine.get(name, "") in _OPEN and all(values.get(name, "") not in _OPEN for values in theirs)
    ]
    return [
        Hole(Lack.MISSING_DECISION, artifact.path, f"{artifact.path} decides no {name.replace('_', ' ')}.", rule=name) for name in missing
    ]
