"""Ranked choice: every answer ranks all answers by how close they are to itself, and the one with the most Borda points wins."""

from __future__ import annotations

from providers import votes
from providers.records import Candidate
from providers.strategy import Ballot, Choice, taking_sides


class Ranked:
    """Borda count over the members' answers; nobody is asked again.

    Each voter's ballot puts the answers in the order of their similarity to its own, which stands first together with those that mean
    the same. An answer gets a point for every answer that stands behind it on a ballot and half a point for one beside it (J.-C. de
    Borda, 1781, with the mean rank for ties). So a compromise that is everybody's second choice wins over one that a large minority
    gave and the others are far from. Weights that were given weigh the ballots.
    """

    id = "ranked"
    label = "Ranked choice"
    rule = "Every answer ranks the others by how close they are to it; the one ranked highest overall wins."
    needs = 1
    options: tuple[str, ...] = ()

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the answer with the most points; ties by validator score, then weight, then member order."""
        points = borda(ballot)
        able = [candidate for group in taking_sides(ballot) for candidate in group]
        winner = max(able, key=lambda candidate: (round(points[candidate.member.id], 9), *ballot.rank(candidate)))
        return Choice(
            text=winner.answer.text if winner.answer else "",
            winner=winner,
            consensus=ballot.standing_behind(winner),
            votes=votes.count(ballot, winner),
            reasons=(_why(ballot, points, winner), *votes.reasons(ballot, winner)),
        )


def borda(ballot: Ballot) -> dict[str, float]:
    """Return each voter's points by member id: 0 for one that stands last everywhere, the number of other answers for one always first."""
    places = dict(zip((candidate.member.id for candidate in ballot.candidates), ballot.positions, strict=True))
    given = ballot.rules.weights_given
    weight = {member: ballot.weights[member] if given else 1 / len(places) for member in places}
    points = dict.fromkeys(places, 0.0)
    for voter, at in places.items():
        close = {member: round(ballot.comparison.similarity[at][place], 9) for member, place in places.items()}
        for member in places:
            behind = sum(close[other] < close[member] for other in places if other != member)
            beside = sum(close[other] == close[member] for other in places if other != member)
            points[member] += weight[voter] * (behind + beside / 2)
    return points


def _why(ballot: Ballot, points: dict[str, float], winner: Candidate) -> str:
    if len(points) == 1:
        return f"{winner.member.id} is the only answer that may be ranked."
    own = points[winner.member.id]
    best = max(value for member, value in points.items() if member != winner.member.id)
    told = f"{winner.member.id} has {own:.2f} of {len(points) - 1} points over {len(ballot.candidates)} ballots"
    if best > own + 1e-9:
        return f"{told}; those with more take no side."
    return f"{told}, the next {best:.2f}." if best < own - 1e-9 else f"{told}, as has another; score, weight or member order settled it."
