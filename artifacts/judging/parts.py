"""The parts of a score and how they add up; every part says its reason in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from artifacts.comparing import comparer_of
from artifacts.dockerfile import read_dockerfile
from artifacts.judging.grounding import Grounding, Verdict
from artifacts.judging.rubric import Criterion, rubric
from artifacts.records import Artifact, Expectations, Finding, Kind, ScorePart, Severity

_SHARES = {"parses": 0.15, "findings": 0.25, "complete": 0.2, "grounded": 0.2, "rubric": 0.2}
_PENALTY = {Severity.ERROR: 1.0, Severity.WARNING: 0.12, Severity.HINT: 0.02}
_COUNTED = 3
"""How often the same rule counts: a remark on every line is not worse than a few different faults."""


def score_parts(
    artifacts: Sequence[Artifact], expectations: Expectations, findings: Sequence[Finding], grounding: Grounding
) -> tuple[ScorePart, ...]:
    """Return the parts that apply, their weights adding up to 1. An answer without files has one part of value 0."""
    if not artifacts:
        return (ScorePart("complete", 0.0, 1.0, "the answer holds no file"),)
    measured = [
        ("parses", *_parses(artifacts)),
        ("findings", *_findings(findings)),
        ("complete", *_complete(artifacts, expectations)),
        ("grounded", *_grounded(grounding)),
        ("rubric", *_rubric(artifacts)),
    ]
    whole = sum(_SHARES[name] for name, value, _ in measured if value is not None)
    return tuple(
        ScorePart(name, round(value, 4), round(_SHARES[name] / whole, 4), reason) for name, value, reason in measured if value is not None
    )


def total(parts: Sequence[ScorePart]) -> float:
    """Return the score 0..1."""
    return round(min(1.0, sum(part.value * part.weight for part in parts)), 4)


def _parses(artifacts: Sequence[Artifact]) -> tuple[float, str]:
    broken = [(artifact.path, faults[0]) for artifact in artifacts if (faults := comparer_of(artifact.kind).faults(artifact.content))]
    if not broken:
        return 1.0, "every file parses" if len(artifacts) > 1 else f"{artifacts[0].path} parses"
    path, fault = broken[0]
    return 1 - len(broken) / len(artifacts), f"{path} does not parse: line {fault.line}, {fault.message}"


def _findings(findings: Sequence[Finding]) -> tuple[float, str]:
    counted: Counter[tuple[str, Severity]] = Counter((finding.rule, finding.severity) for finding in findings)
    penalty = sum(_PENALTY[severity] * min(count, _COUNTED) for (_, severity), count in counted.items())
    numbers = [(severity, sum(finding.severity is severity for finding in findings)) for severity in Severity]
    told = ", ".join(f"{count} {severity.value}{'s' if count != 1 else ''}" for severity, count in numbers if count)
    return 1 / (1 + penalty), told or "no findings"


def _complete(artifacts: Sequence[Artifact], expectations: Expectations) -> tuple[float | None, str]:
    if not expectations.files:
        return None, ""
    present = {artifact.path for artifact in artifacts}
    missing = [path for path in expectations.files if path not in present]
    if not missing:
        return 1.0, "every file asked for is there"
    return 1 - len(missing) / len(expectations.files), f"missing: {', '.join(missing[:5])}"


def _grounded(grounding: Grounding) -> tuple[float | None, str]:
    counted = [outcome for outcome in grounding.outcomes if outcome.verdict is not Verdict.ABSENT]
    if not counted:
        return None, ""
    weights = [2.0 if outcome.expectation.firm else 1.0 for outcome in counted]
    value = sum((outcome.verdict.value or 0.0) * weight for outcome, weight in zip(counted, weights, strict=True)) / sum(weights)
    copies = sum(finding.rule in ("evidence_copy", "evidence_start_file") for finding in grounding.findings)
    value = value / (1 + 0.5 * copies)
    against = [outcome.reason for outcome in counted if outcome.verdict is Verdict.DIFFERS]
    agreeing = sum(outcome.verdict is Verdict.AGREES for outcome in counted)
    reason = f"agrees with {agreeing} of {len(counted)} facts"
    return value, f"{reason}; {against[0]}" if against else reason


def _rubric(artifacts: Sequence[Artifact]) -> tuple[float | None, str]:
    shares: list[float] = []
    missed: list[str] = []
    for artifact in artifacts:
        criteria = [item for item in criteria_of(artifact, artifacts) if item.met is not None]
        if criteria:
            shares.append(sum(bool(item.met) for item in criteria) / len(criteria))
            missed += [item.reason for item in criteria if not item.met]
    if not shares:
        return None, ""
    reason = "meets every criterion of a production-grade image" if not missed else f"missed: {'; '.join(missed[:4])}"
    return sum(shares) / len(shares), reason


def criteria_of(artifact: Artifact, artifacts: Sequence[Artifact]) -> tuple[Criterion, ...]:
    """Return the rubric's criteria for a Dockerfile among the answer's other files; empty for any other kind."""
    if artifact.kind is not Kind.DOCKERFILE:
        return ()
    folder = PurePosixPath(artifact.path).parent
    names = (f"{artifact.path}.dockerignore", str(folder / ".dockerignore"), ".dockerignore")
    ignored = next((item.content for name in names for item in artifacts if item.path == name), None)
    return rubric(read_dockerfile(artifact.content), ignored)
