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
    needs = 1
    options: tuple[str, ...] = ()

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the medoid of the largest cluster."""
        groups = sorted(taking_sides(ballot), key=lambda members: _standing(ballot, members), reverse=True)
        group = groups[0]
        winner = ballot.medoid(group)
        return Choice(
            text=winner.answer.text if winner.answer else "",
            winner=winner,
            consensus=ballot.standing_behind(winner),
            votes=votes.count(ballot, winner),
            reasons=(_why(ballot, groups, winner), *votes.reasons(ballot, winner)),
        )


def _standing(ballot: Ballot, group: tuple[Candidate, ...]) -> tuple[int, float, float, int]:
    return (
        len(group),
        max(round(candidate.score or 0.0, 9) for candidate in group),
        round(sum(ballot.weights[candidate.member.id] for candidate in group), 9),
        -group[0].member.index,
    )


def _why(ballot: Ballot, groups: list[tuple[Candidate, ...]], winner: Candidate) -> str:
    total, size = len(ballot.candidates), len(groups[0])
    if total == 1:
        return f"{winner.member.id} is the only answer that may vote."
    tied = len(groups) > 1 and len(groups[1]) == size
    settled = f"{_settled_by(ballot, groups)} settled it for {winner.member.id}."
    if size == 1:
        return f"No two of {total} answers mean the same; {settled}" if tied else f"Only {winner.member.id} of {total} took a side."
    most = f"{size} of {total} members gave answers that mean the same"
    return f"{most}, as did as many others; {settled}" if tied else f"{most}; {winner.member.id} is closest to the others."


def _settled_by(ballot: Ballot, groups: list[tuple[Candidate, ...]]) -> str:
    """Name what tells the first group from the second where both are equally large."""
    if len(groups) < 2:
        return "nothing"
    _, score, weight, _ = _standing(ballot, groups[0])
    _, other_score, other_weight, _ = _standing(ballot, groups[1])
    if score != other_score:
        return "the score"
    if weight != other_weight:
        return "weight" if ballot.rules.weights_given else "how much it agrees with the others"
    return "member order"
