"""Consensus: an answer only when the members agree, otherwise the disagreement and nothing else."""

from __future__ import annotations

from providers import votes
from providers.errors import ConsensusNotReached
from providers.records import Candidate
from providers.strategy import Ballot, Choice, taking_sides

MAX_NAMED = 4


class Consensus:
    """Asks that all agree on every blocking decision and overall to the threshold; never falls back to something else."""

    id = "consensus"
    label = "Consensus"
    rule = "An answer only if the members agree on everything that could break the service, and largely on the rest."
    needs = 2
    options: tuple[str, ...] = ("consensus_threshold",)

    async def combine(self, ballot: Ballot) -> Choice:
        """Return the medoid of the largest cluster; raises ConsensusNotReached with the questions on which members differ."""
        return agreed_choice(ballot, ballot.rules.threshold)


def agreed_choice(ballot: Ballot, threshold: float, *, everything: bool = False) -> Choice:
    """Return what all agree on to the threshold; with `everything` also decisions that break nothing, and the rest of the files."""
    group = max(taking_sides(ballot), key=lambda members: (len(members), *max(map(ballot.rank, members))))
    winner = ballot.medoid(group if len(group) > 1 or not ballot.comparison.by_meaning else ballot.candidates)
    agreed = ballot.standing_behind(winner)
    problem = _problem(ballot, agreed, threshold, everything)
    if problem:
        raise ConsensusNotReached(problem, consensus=agreed, disagreement=votes.disagreement(ballot))
    total = len(ballot.candidates)
    why = f"All {total} members agree to {agreed:.0%}; at least {threshold:.0%} was asked for." if total > 1 else ""
    return Choice(
        text=winner.answer.text if winner.answer else "",
        winner=winner,
        consensus=agreed,
        votes=votes.count(ballot, winner),
        reasons=tuple(line for line in (why, *votes.reasons(ballot, winner)) if line),
    )


def _problem(ballot: Ballot, agreed: float, threshold: float, everything: bool) -> str:
    total = len(ballot.candidates)
    if total < 2:
        if ballot.asked <= 1:
            return ""
        barred = f"; {_names(ballot.barred)} did not pass the validators" if ballot.barred else ""
        return f"Only one of {ballot.asked} members gave an answer that may vote{barred}, so there is nobody to agree with."
    blocking = votes.blocking_keys(ballot)
    apart = [entry for entry in votes.disagreement(ballot) if everything or entry[0] in blocking]
    if apart:
        shown = "; ".join(f"{key}: {_sides(sides)}" for key, sides in apart[:MAX_NAMED])
        more = f" and {len(apart) - MAX_NAMED} more" if len(apart) > MAX_NAMED else ""
        return f"The members disagree{'' if everything else ' where it matters'} ({shown}{more})."
    if agreed + 1e-9 < threshold:
        return f"The members agree to {agreed:.0%}; {threshold:.0%} was asked for."
    return ""


def _sides(sides: dict[str, tuple[str, ...]]) -> str:
    return " against ".join(f"{votes.shorten(value, 40)} ({', '.join(members)})" for value, members in sides.items())


def _names(candidates: tuple[Candidate, ...]) -> str:
    return ", ".join(candidate.member.id for candidate in candidates)
