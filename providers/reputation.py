"""What earlier runs tell of their members: whose answers passed the validators, and whether one alone would have done as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from providers.records import Candidate, Status, Verdict

AS_GOOD = 0.005
"""How much lower than the verdict's a score may be and still count as good."""

ENOUGH_RUNS = 5
"""Runs a member must have taken part in before anything is said of it."""

NEARLY_ALWAYS = 0.9


@dataclass(frozen=True, slots=True)
class Reputation:
    """One member's record: the runs it was asked in, those it answered cleanly, those it answered as well as the verdict.

    Costs are its own and the ensemble's in those runs, None where a price is unknown.
    """

    runs: int = 0
    passed: int = 0
    as_good: int = 0
    cost_usd: float | None = 0.0
    ensemble_usd: float | None = 0.0

    @property
    def weight(self) -> float:
        """Return 0..1: the share of answers that passed, drawn to one half while there are few."""
        return (self.passed + 1) / (self.runs + 2)


def reputations(verdicts: Iterable[Verdict]) -> Mapping[str, Reputation]:
    """Return every member's record by its id. It needs no labels: the validators' own findings are the record."""
    found: dict[str, Reputation] = {}
    for verdict in verdicts:
        reached = verdict.assessment.score if verdict.assessment else None
        for candidate in verdict.candidates:
            if candidate.status in (Status.SUCCESS, Status.ERROR):
                found[candidate.member.id] = _after(found.get(candidate.member.id, Reputation()), candidate, reached, verdict.cost_usd)
    return found


def alone(records: Mapping[str, Reputation]) -> str:
    """Say which member alone would have done as well for less, "" where none would or too little is known."""
    steady = [(name, one) for name, one in records.items() if one.runs >= ENOUGH_RUNS and one.as_good >= NEARLY_ALWAYS * one.runs]
    cheaper = [
        (name, one) for name, one in steady if one.cost_usd is not None and one.ensemble_usd is not None and one.cost_usd < one.ensemble_usd
    ]
    if not cheaper:
        return ""
    name, one = max(cheaper, key=lambda entry: (entry[1].as_good / entry[1].runs, -(entry[1].cost_usd or 0.0)))
    often = f"all {one.runs}" if one.as_good == one.runs else f"{one.as_good} of {one.runs}"
    return f"{name} alone would have done as well in {often} runs, for ${one.cost_usd:.4f} instead of ${one.ensemble_usd:.4f}."


def _after(record: Reputation, candidate: Candidate, reached: float | None, cost: float | None) -> Reputation:
    own = candidate.assessment
    answered = candidate.status is Status.SUCCESS and own is not None
    good = answered and own is not None and reached is not None and own.score >= reached - AS_GOOD
    return Reputation(
        runs=record.runs + 1,
        passed=record.passed + bool(answered and own and own.clean),
        as_good=record.as_good + bool(good),
        cost_usd=_sum(record.cost_usd, candidate.cost_usd),
        ensemble_usd=_sum(record.ensemble_usd, cost),
    )


def _sum(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right
