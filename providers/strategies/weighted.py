"""Weighted voting: clusters of equal answers weighed by their members' weights or confidences."""

from __future__ import annotations

from providers import votes
from providers.records import Candidate
from providers.strategy import Ballot, Choice, taking_sides


class Weighted:
    """Heaviest cluster wins; a missing member's weight is dropped and the rest adds up to 1 again."""

    id = "weighted"
    label = "Weighted voting"
    rule = "The answer with the most weight behind it: your weights, or the members' confidences."
    needs = 1
    options: tuple[str, ...] = ()

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the medoid of the heaviest cluster; ties by validator score, then member order."""
        weights = ballot.weights

        def standing(group: tuple[Candidate, ...]) -> tuple[float, float, int]:
            score = max(round(candidate.score or 0.0, 9) for candidate in group)
            return round(sum(weights[candidate.member.id] for candidate in group), 9), score, -group[0].member.index

        group = max(taking_sides(ballot), key=standing)
        winner = ballot.medoid(group)
        share = sum(weights[candidate.member.id] for candidate in group)
        kind = "weight" if ballot.rules.weights_given else "confidence"
        why = f"{len(group)} of {len(ballot.candidates)} members with {share:.0%} of the {kind} stand behind {winner.member.id}."
        return Choice(
            text=winner.answer.text if winner.answer else "",
            winner=winner,
            consensus=ballot.standing_behind(winner, weights),
            votes=votes.count(ballot, winner, weights),
            reasons=(why, *votes.reasons(ballot, winner)),
            warnings=_without_weight(ballot),
        )


def _without_weight(ballot: Ballot) -> tuple[str, ...]:
    if ballot.rules.weights_given and len(ballot.candidates) > 1 and not any(entry.member.weight for entry in ballot.candidates):
        return ("Every member that answered has the weight 0, so they counted equally.",)
    return ()
