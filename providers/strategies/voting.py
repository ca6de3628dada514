"""Voting: the answer that most members gave wins, and of them the one closest to the others."""

from __future__ import annotations

from providers import votes
from providers.records import Candidate
from providers.strategy import Ballot, Choice, taking_sides


class Voting:
    """Largest cluster of answers that mean the same; ties by validator score, then weight, then member order."""

    id = "voting"
    label = "Voting"
    rule = "The answer most members gave, in the words closest to all of theirs."

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the medoid of the largest cluster."""
        group = max(taking_sides(ballot), key=lambda members: _standing(ballot, members))
        winner = ballot.medoid(group)
        return Choice(
            text=winner.answer.text if winner.answer else "",
            winner=winner,
            consensus=ballot.standing_behind(winner),
            votes=votes.count(ballot, winner),
            reasons=(_why(ballot, group, winner), *votes.reasons(ballot, winner)),
        )


def _standing(ballot: Ballot, group: tuple[Candidate, ...]) -> tuple[int, float, float, int]:
    return (
        len(group),
        max(round(candidate.score or 0.0, 9) for candidate in group),
        round(sum(ballot.weights[candidate.member.id] for candidate in group), 9),
        -group[0].member.index,
    )


def _why(ballot: Ballot, group: tuple[Candidate, ...], winner: Candidate) -> str:
    total, size = len(ballot.candidates), len(group)
    if total == 1:
        return f"{winner.member.id} is the only answer that may vote."
    if size == 1:
        decided_by = "the validators' score decided" if ballot.comparison.by_meaning else "score, weight and member order decided"
        return f"No two of {total} answers mean the same, so {decided_by}: {winner.member.id}."
    return f"{size} of {total} members gave answers that mean the same; {winner.member.id} is closest to the others."
