"""The base of every strategy: the ballot it reads and the choice it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from artifacts.records import Decision
from providers.base import Prompt
from providers.comparison import Comparison, text_similarity
from providers.normalisation import Normalise, lowercase_trim
from providers.records import Candidate, Vote
from providers.reputation import Standing

AGREEMENT_THRESHOLD = 0.8
"""Overall agreement that `consensus` asks for unless told otherwise (SPEC §5)."""

Merge = Callable[[Prompt, Sequence[Candidate]], Awaitable[Candidate | None]]
"""Asks the aggregator, judges and meters its answer; the candidates, best first, tell whose model to take where none was named.

None when no member can merge a text.
"""

Disagreement = tuple[tuple[str, dict[str, tuple[str, ...]]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a user may set about combining. `weights_given` tells weights that were chosen from the default of one each; `aggregator` that
    one was named. `standing` is how the members did in earlier runs, where that shall count.
    """

    normalization: str = "lowercase_trim"
    threshold: float = AGREEMENT_THRESHOLD
    weights_given: bool = False
    aggregator: bool = False
    standing: Standing | None = None


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """The candidates that may vote, in member order, and how their answers relate.

    `candidates` passed the validators, or nobody did (then `barred` is empty). `asked` is the number of members. `prompt` is what they
    were asked; `merge` asks the aggregator, where the strategy has one.
    """

    candidates: tuple[Candidate, ...]
    barred: tuple[Candidate, ...] = ()
    asked: int
    comparison: Comparison
    rules: Rules = field(default_factory=Rules)
    prompt: Prompt | None = None
    normalise: Normalise = lowercase_trim
    merge: Merge | None = None

    @cached_property
    def positions(self) -> tuple[int, ...]:
        """Return where the voters stand in the comparison."""
        place = {candidate.member.id: at for at, candidate in enumerate(self.comparison.candidates)}
        return tuple(place[candidate.member.id] for candidate in self.candidates)

    @cached_property
    def clusters(self) -> tuple[tuple[Candidate, ...], ...]:
        """Return the groups of voters whose answers mean the same, in member order."""
        groups: dict[int, list[Candidate]] = {}
        for candidate, at in zip(self.candidates, self.positions, strict=True):
            groups.setdefault(self.comparison.clusters[at], []).append(candidate)
        return tuple(tuple(group) for group in groups.values())

    @cached_property
    def weights(self) -> dict[str, float]:
        """Return the voters' weights by member id, adding up to 1: those given, else their confidences, else equal."""
        raw = {candidate.member.id: self._raw_weight(candidate) for candidate in self.candidates}
        whole = sum(raw.values())
        return {member: (weight / whole if whole > 0 else 1 / len(raw)) for member, weight in raw.items()}

    @cached_property
    def agreement(self) -> float:
        """Return 0..1 how far the voters agree; a lone voter of several members agrees with nobody."""
        agreed = self.comparison.agreement(self.positions)
        return agreed if agreed is not None else float(self.asked <= 1)

    def standing_behind(self, winner: Candidate, weights: dict[str, float] | None = None) -> float:
        """Return the share of the voters whose answer means the same as the winner's; of artifacts the agreement."""
        if self.comparison.by_meaning or len(self.candidates) < 2:
            return self.agreement
        group = next(group for group in self.clusters if winner in group)
        if weights is None:
            return len(group) / len(self.candidates)
        return sum(weights[candidate.member.id] for candidate in group)

    def closeness(self, candidate: Candidate) -> float:
        """Return the mean similarity of a voter's answer to the other voters' answers."""
        at = self.positions[self.candidates.index(candidate)]
        return self.comparison.closeness(at, self.positions)

    def medoid(self, group: Sequence[Candidate]) -> Candidate:
        """Return the candidate closest to all others of its cluster; ties by score, weight, member order (SPEC §5)."""
        return max(group, key=lambda candidate: (round(self._within(candidate, group), 9), *self.rank(candidate)))

    def rank(self, candidate: Candidate) -> tuple[float, float, int]:
        """Return what settles a tie: validator score, then weight, then the earlier place."""
        score = candidate.score if candidate.score is not None else 0.0
        return round(score, 9), self.weights[candidate.member.id], -candidate.member.index

    def _raw_weight(self, candidate: Candidate) -> float:
        if self.rules.weights_given:
            return candidate.member.weight
        return candidate.confidence if candidate.confidence is not None else 0.0

    def _within(self, candidate: Candidate, group: Sequence[Candidate]) -> float:
        others = [other for other in group if other is not candidate]
        if self.comparison.by_meaning:
            place = dict(zip((voter.member.id for voter in self.candidates), self.positions, strict=True))
            return self.comparison.closeness(place[candidate.member.id], [place[other.member.id] for other in others])
        # texts of one cluster are equal once normalised: closest is then whose wording is
        return sum(text_similarity(_wording(candidate), _wording(other)) for other in others) / max(1, len(others))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a strategy decided. `winner` is None when the text was composed; `reasons` are sentences for a reader.

    `added` is a candidate that the strategy had made, whether it won or not.
    """

    text: str
    winner: Candidate | None
    consensus: float
    votes: tuple[Vote, ...] = ()
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    added: Candidate | None = None


class Strategy(Protocol):
    """How answers become one. `id` is the name users give, `label` and `rule` are for the page.

    `needs` is the number of answers without which it can say nothing; from two on, it is one that asks for agreement. `options` are the
    names of the EnsembleProvider's options that have an effect on it.
    """

    id: str
    label: str
    rule: str
    needs: int
    options: tuple[str, ...]

    async def combine(self, ballot: Ballot) -> Choice:
        """Choose; raises ConsensusNotReached where the strategy asks for more agreement than there is."""


def decided(candidate: Candidate) -> dict[str, tuple[str, bool, Decision]]:
    """Return a candidate's decisions by key: the value (several joined), whether it blocks, and the first decision."""
    found: dict[str, list[Decision]] = {}
    for decision in candidate.assessment.decisions if candidate.assessment else ():
        found.setdefault(decision.key, []).append(decision)
    return {
        key: (", ".join(sorted({entry.value for entry in entries})), any(entry.blocking for entry in entries), entries[0])
        for key, entries in found.items()
    }


def taking_sides(ballot: Ballot) -> tuple[tuple[Candidate, ...], ...]:
    """Return the clusters that may win: those of a clear answer, or all where no answer is clear."""
    if ballot.comparison.by_meaning:
        return ballot.clusters
    unclear = {
        candidate.member.id
        for candidate, at in zip(ballot.candidates, ballot.positions, strict=True)
        if ballot.comparison.values[at] is None
    }
    return tuple(group for group in ballot.clusters if group[0].member.id not in unclear) or ballot.clusters


def _wording(candidate: Candidate) -> str:
    return candidate.answer.text.strip().lower() if candidate.answer else ""
