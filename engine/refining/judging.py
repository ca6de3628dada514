"""When a repair is kept: it improves the answer and breaks nothing that was clean."""

from __future__ import annotations

from collections import Counter

from artifacts.records import Assessment, Severity

NONE = "none"
LEAST = 1e-4
"""A score that differs by less is the same."""


def better(new: Assessment, old: Assessment) -> str:
    """Return why the new answer must not be kept, "" where it improves on the old one."""
    if lost := sorted({artifact.path for artifact in old.artifacts} - {artifact.path for artifact in new.artifacts}):
        return f"it lost {lost[0]}"
    mine, theirs = new.count(Severity.ERROR), old.count(Severity.ERROR)
    if mine > theirs or (old.clean and not new.clean):
        return f"it brought {_new_errors(new, old)}"
    before, after = _errors_by_file(old), _errors_by_file(new)
    if broken := sorted(path for path in after if path not in before and path in {artifact.path for artifact in old.artifacts}):
        return f"it broke {broken[0]}, which was clean"
    if lost_decision := _given_up(new, old):
        return f"it gave up {lost_decision}"
    if new.score < old.score - LEAST:
        return f"its score is lower: {new.score:.2f} after {old.score:.2f}"
    improved = mine < theirs or new.score > old.score + LEAST or (len(new.findings) < len(old.findings) and new.score >= old.score)
    return "" if improved else "it improved nothing"


def gain(new: Assessment, old: Assessment) -> str:
    """Say what a kept repair improved."""
    told = []
    if new.score > old.score + LEAST:
        told.append(f"score {old.score:.2f} to {new.score:.2f}")
    for severity in Severity:
        before, after = old.count(severity), new.count(severity)
        if before != after:
            told.append(f"{severity.value}s {before} to {after}")
    return ", ".join(told) or "fewer findings"


def worth(assessment: Assessment) -> tuple[int, float, int]:
    """Return what answers are ranked by: fewest errors, highest score, fewest findings."""
    return -assessment.count(Severity.ERROR), assessment.score, -len(assessment.findings)


def _given_up(new: Assessment, old: Assessment) -> str:
    """Name a decision of consequence that a file has no more: a file emptied of all that was wrong is no repair."""
    after = {decision.key: decision.value for decision in new.decisions}
    for decision in old.decisions:
        value = after.get(decision.key, NONE)
        if decision.blocking and "." not in decision.name and decision.value != NONE and value == NONE:
            return f"{decision.name.replace('_', ' ')} {decision.value}"
        if decision.name == "services" and value.count(",") < decision.value.count(",") and new.count(Severity.ERROR):
            return f"services of {decision.path}"
    return ""


def _errors_by_file(assessment: Assessment) -> Counter[str]:
    return Counter(finding.path for finding in assessment.findings if finding.severity is Severity.ERROR)


def _new_errors(new: Assessment, old: Assessment) -> str:
    known = {(finding.path, finding.rule) for finding in old.findings}
    fresh = [f for f in new.findings if f.severity is Severity.ERROR and (f.path, f.rule) not in known]
    return f"an error: {fresh[0].message}" if fresh else "more errors"
