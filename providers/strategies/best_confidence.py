"""Best confidence: the candidate that is surest of its answer."""

from __future__ import annotations

from providers import votes
from providers.records import Candidate
from providers.strategy import Ballot, Choice


class BestConfidence:
    """Highest confidence: the mean probability of the answer's tokens where the vendor tells it, else agreement with the others.

    Ties go by validator score, then weight, then member order.
    """

    id = "best_confidence"
    label = "Best confidence"
    rule = "The answer whose member is surest: by its token probabilities where the vendor tells them, else by agreement with the others."
    needs = 1
    options: tuple[str, ...] = ()

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the candidate with the highest confidence."""
        winner = max(ballot.candidates, key=lambda candidate: (round(_sure(candidate), 9), *ballot.rank(candidate)))
        return Choice(
            text=winner.answer.text if winner.answer else "",
            winner=winner,
            consensus=ballot.standing_behind(winner),
            votes=votes.count(ballot, winner),
            reasons=(_why(ballot, winner), *votes.reasons(ballot, winner)),
            warnings=_two_kinds(ballot),
        )


def _sure(candidate: Candidate) -> float:
    return candidate.confidence if candidate.confidence is not None else -1.0


def _told(candidate: Candidate) -> bool:
    return candidate.answer is not None and candidate.answer.mean_logprob is not None


def _why(ballot: Ballot, winner: Candidate) -> str:
    if len(ballot.candidates) == 1:
        return f"{winner.member.id} is the only answer that may win."
    if winner.confidence is None:
        return f"{winner.member.id} was taken by member order; how sure the members are is not known."
    source = "by its token probabilities" if _told(winner) else "by agreement with the others"
    next_best = max(_sure(candidate) for candidate in ballot.candidates if candidate is not winner)
    if next_best >= winner.confidence - 1e-9:
        return f"{winner.member.id} is as sure as another ({winner.confidence:.2f} {source}); score, weight and member order settled it."
    return f"{winner.member.id} is surest of its answer: {winner.confidence:.2f} {source}" + (
        f", the next {next_best:.2f}." if next_best >= 0 else "."
    )


def _two_kinds(ballot: Ballot) -> tuple[str, ...]:
    told = [candidate.member.id for candidate in ballot.candidates if _told(candidate)]
    if not told or len(told) == len(ballot.candidates):
        return ()
    return (f"Only {', '.join(told)} told token probabilities; the others' confidence is their agreement, a measure of another kind.",)
