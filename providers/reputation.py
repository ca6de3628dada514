"""What earlier runs tell of their members: whose answers passed the validators, also where another's did not, and who would do alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from providers.records import Candidate, Status, Verdict

AS_GOOD = 0.005
"""How much lower than the verdict's a score may be and still count as good."""

ENOUGH_RUNS = 5
"""Runs a member must have taken part in before anything is said of it."""

NEARLY_ALWAYS = 0.9

READ_RUNS = 200
"""How many of the newest runs make a standing: enough for small differences to show, few enough to follow a model that changed."""


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


@dataclass(frozen=True, slots=True)
class Standing:
    """How members did against one another in earlier runs, by the validators alone: no run is labelled right or wrong.

    `ahead` counts for two members' ids the runs in which both answered and only the first one's answer passed. Only these runs tell
    two members apart: a run that both pass, or neither, was as easy or as hard for either.
    """

    records: Mapping[str, Reputation] = field(default_factory=dict)
    ahead: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def outdoes(self, member: str, other: str) -> bool:
        """Tell whether the first did better than the second, by more than chance does: one standard error of a fair coin."""
        won, lost = self.ahead.get((member, other), 0), self.ahead.get((other, member), 0)
        return won - lost > math.sqrt(won + lost)

    def weights(self, members: Sequence[str]) -> tuple[float, ...] | None:
        """Return for each member the share of its answers that passed, drawn to all these members' share while its runs are few.

        None where nothing is known of any of them, or none of their answers passed.
        """
        known = [self.records.get(member, Reputation()) for member in members]
        runs = sum(one.runs for one in known)
        passed = sum(one.passed for one in known)
        if not passed:
            return None
        return tuple((one.passed + ENOUGH_RUNS * passed / runs) / (one.runs + ENOUGH_RUNS) for one in known)


def standing(verdicts: Iterable[Verdict]) -> Standing:
    """Return how the members of these runs stand to one another."""
    kept = tuple(verdicts)
    ahead: dict[tuple[str, str], int] = {}
    for verdict in kept:
        passed = {
            candidate.member.id: candidate.assessment.clean
            for candidate in verdict.candidates
            if candidate.status is Status.SUCCESS and candidate.assessment is not None
        }
        for first, second in permutations(passed, 2):
            if passed[first] and not passed[second]:
                ahead[first, second] = ahead.get((first, second), 0) + 1
    return Standing(reputations(kept), ahead)


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
