"""Combine answers that were recorded once more, by another strategy or by some of their members only; nothing is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from providers import normalisation, outcomes, strategies
from providers.comparison import Comparison, compare_answers
from providers.errors import ConsensusNotReached
from providers.records import Candidate, Status
from providers.strategy import AGREEMENT_THRESHOLD, Ballot, Choice, Rules

NOT_REPLAYED = frozenset({"synthesis"})
"""Strategies that ask somebody again."""
REPLAYED = tuple(entry.id for entry in strategies.STRATEGIES if entry.id not in NOT_REPLAYED)


class Replay:
    """The recorded outcomes of one run's members, compared once: any choice of them can be combined any number of times.

    What followed from the others' answers (cluster, a text's score, a confidence without probabilities) is computed anew for each choice.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        normalization: str = "lowercase_trim",
        threshold: float = AGREEMENT_THRESHOLD,
        weights_given: bool = False,
    ) -> None:
        self._candidates = tuple(_as_recorded(candidate) for candidate in sorted(candidates, key=lambda entry: entry.member.index))
        self._rules = Rules(normalization=normalization, threshold=threshold, weights_given=weights_given)
        self._normalise = normalisation.find(normalization)
        self._answered = tuple(at for at, entry in enumerate(self._candidates) if entry.status is Status.SUCCESS)
        self._all = compare_answers([self._candidates[at] for at in self._answered], self._normalise)

    def __len__(self) -> int:
        """Return how many members there are, those that failed among them."""
        return len(self._candidates)

    async def choose(self, strategy: str, members: Sequence[int] | None = None) -> Choice | None:
        """Return what the strategy makes of these members' answers (places in member order; all by default); None for no answer."""
        if strategy in NOT_REPLAYED:
            raise ValueError(f"{strategy} asks a member again and cannot be replayed")
        wanted = range(len(self._candidates)) if members is None else members
        positions = [self._answered.index(at) for at in wanted if at in self._answered]
        if not positions:
            return None
        comparison = _some_of(self._all, positions)
        answered = [outcomes.enriched(candidate, at, comparison) for at, candidate in enumerate(comparison.candidates)]
        comparison = replace(comparison, candidates=tuple(answered))
        voters, barred = outcomes.split(answered)
        ballot = Ballot(
            candidates=voters,
            barred=barred,
            asked=len(wanted),
            comparison=comparison,
            rules=self._rules,
            normalise=self._normalise,
        )
        try:
            return await strategies.find(strategy).combine(ballot)
        except ConsensusNotReached:
            return None


def _as_recorded(candidate: Candidate) -> Candidate:
    return replace(candidate, cluster=None, confidence=None, score=candidate.assessment.score if candidate.assessment else None)


def _some_of(comparison: Comparison, positions: Sequence[int]) -> Comparison:
    numbers: dict[int, int] = {}
    return replace(
        comparison,
        candidates=tuple(comparison.candidates[at] for at in positions),
        values=tuple(comparison.values[at] for at in positions),
        clusters=tuple(numbers.setdefault(comparison.clusters[at], len(numbers)) for at in positions),
        similarity=tuple(tuple(comparison.similarity[at][other] for other in positions) for at in positions),
    )
