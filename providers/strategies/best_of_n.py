"""Best of n: the candidate with the strongest evidence, never the longest."""

from __future__ import annotations

from providers import votes
from providers.records import Candidate
from providers.strategy import Ballot, Choice


class BestOfN:
    """Highest evidence score: the judge's for artifacts, agreement with the others for plain text; then agreement, weight, order.

    Weights that were given come before agreement: replayed over published answers, whose answer it is tells more about two answers
    that pass the same validators than how alike their texts are (benchmarks/evidence_replay.py). Weights closer
    than a hundredth of the heaviest say nothing of that kind, so agreement settles those.

    Where the members' standing from earlier runs counts, an answer whose member was outdone by that of another equal answer comes after
    it. So the member with the best record is overruled by evidence alone, a higher score, and among members whose records chance may
    explain agreement settles it.
    """

    id = "best_of_n"
    label = "Best of n"
    rule = "The answer with the best evidence: validators, completeness, grounding in the repository, agreement of the others."
    needs = 1
    options: tuple[str, ...] = ()

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the candidate with the highest score."""
        winner = max(ballot.candidates, key=lambda candidate: _standing(ballot, candidate))
        return Choice(
            text=winner.answer.text if winner.answer else "",
            winner=winner,
            consensus=ballot.standing_behind(winner),
            votes=votes.count(ballot, winner),
            reasons=(_why(ballot, winner), *_advantages(ballot, winner), *votes.reasons(ballot, winner)),
        )


def _standing(ballot: Ballot, candidate: Candidate) -> tuple[float, bool, float, float, int]:
    closeness, weight = round(ballot.closeness(candidate), 9), _weight(ballot, candidate)
    by_weight = ballot.rules.weights_given and ballot.rules.standing is None
    first, second = (weight, closeness) if by_weight else (closeness, weight)
    return _score(candidate), not _outdone(ballot, candidate), first, second, -candidate.member.index


def _score(candidate: Candidate) -> float:
    return round(candidate.score if candidate.score is not None else 0.0, 9)


def _outdone(ballot: Ballot, candidate: Candidate) -> bool:
    """Tell whether the member of another answer with the same score did better than this one's in earlier runs."""
    standing = ballot.rules.standing
    return standing is not None and any(
        standing.outdoes(other.member.id, candidate.member.id) for other in ballot.candidates if _score(other) == _score(candidate)
    )


def _weight(ballot: Ballot, candidate: Candidate) -> float:
    """Return a voter's weight against the heaviest, 0..1, as finely as weights tell anything."""
    return round(ballot.weights[candidate.member.id] / max(ballot.weights.values()), 2)


def _why(ballot: Ballot, winner: Candidate) -> str:
    total = len(ballot.candidates)
    if total == 1:
        return f"{winner.member.id} is the only answer that may win."
    if winner.score is None:
        return f"{winner.member.id} was taken by member order; there was no evidence to tell the answers apart."
    others = [candidate.score for candidate in ballot.candidates if candidate is not winner and candidate.score is not None]
    evidence = "evidence" if winner.assessment is not None else "agreement with the others"
    best_other = max(others, default=0.0)
    if best_other < winner.score - 1e-9:
        return f"{winner.member.id} has the highest score for {evidence}: {winner.score:.2f}, the next best {best_other:.2f}."
    equal = [entry for entry in ballot.candidates if entry.score is not None and abs(entry.score - winner.score) < 1e-9]
    who = f"All {total} members" if len(equal) == total else f"{len(equal)} of {total} members"
    outdone = [entry.member.id for entry in equal if entry is not winner and _outdone(ballot, entry)]
    if outdone and not _outdone(ballot, winner):
        return f"{who} score {winner.score:.2f} for {evidence}; in earlier runs {_listed(outdone)} passed less often than others of them."
    heaviest = max(_weight(ballot, entry) for entry in equal if entry is not winner)
    if ballot.rules.weights_given and ballot.rules.standing is None and _weight(ballot, winner) > heaviest:
        return f"{who} score {winner.score:.2f} for {evidence}; {winner.member.id} weighs most."
    closest = max(round(ballot.closeness(entry), 9) for entry in equal if entry is not winner)
    if round(ballot.closeness(winner), 9) > closest:
        return f"{who} score {winner.score:.2f} for {evidence}; {winner.member.id} agrees most with the others."
    return f"{who} score {winner.score:.2f} for {evidence}; weight and member order settled on {winner.member.id}."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _advantages(ballot: Ballot, winner: Candidate) -> list[str]:
    """Name at most two parts of the score in which the winner is ahead of every other."""
    if winner.assessment is None:
        return []
    rivals = [candidate.assessment for candidate in ballot.candidates if candidate is not winner and candidate.assessment]
    ahead: list[tuple[float, str]] = []
    for part in winner.assessment.parts:
        best = max((other.value for rival in rivals for other in rival.parts if other.name == part.name), default=None)
        if best is not None and part.value > best + 0.005:
            ahead.append(((part.value - best) * part.weight, f"It leads in {part.name.replace('_', ' ')}: {part.reason}"))
    ahead.sort(key=lambda entry: -entry[0])
    return [sentence for _, sentence in ahead[:2]]
