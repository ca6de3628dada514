"""Count votes and say in words who chose what: answer by answer and, where there are artifacts, decision by decision."""

from __future__ import annotations

from collections.abc import Sequence

from providers.records import Candidate, Vote
from providers.strategy import Ballot, Disagreement, decided

MAX_REASONS = 6
MAX_MINOR = 3
"""Sentences on contested decisions that break nothing, so that there is room for what all agree on."""
NOT_SET = "not set"
_SHOWN = 80
_NOTHING = "none"
"""The value of a decision to have none of something, which makes no sentence worth reading."""


def count(ballot: Ballot, winner: Candidate | None, weights: dict[str, float] | None = None) -> tuple[Vote, ...]:
    """Return every vote: one for each cluster of answers (key `answer`), then one for each value of each decision.

    `weight` is the number of members, or the sum of their weights where these are given.
    """
    votes = [_vote("answer", _value_of(ballot, group), group, weights, winner in group, False) for group in ballot.clusters]
    for key, values in _by_decision(ballot.candidates).items():
        for value, (members, blocking) in values.items():
            votes.append(_vote(key, value, members, weights, winner in members, blocking))
    return tuple(votes)


def disagreement(ballot: Ballot) -> Disagreement:
    """Return the questions on which the voters differ, blocking ones first: (key, value -> member ids).

    A candidate that leaves a question open is listed under "not set".
    """
    differing: list[tuple[bool, str, dict[str, tuple[str, ...]]]] = []
    for key, values in _by_decision(ballot.candidates).items():
        sides = {value: tuple(member.member.id for member in members) for value, (members, _) in values.items()}
        taken = {member for members in sides.values() for member in members}
        silent = tuple(candidate.member.id for candidate in ballot.candidates if candidate.member.id not in taken)
        if silent:
            sides[NOT_SET] = silent
        if len(sides) > 1:
            differing.append((any(blocking for _, blocking in values.values()), key, sides))
    differing.sort(key=lambda entry: not entry[0])
    if differing:
        return tuple((key, sides) for _, key, sides in differing)
    if len(ballot.clusters) > 1:
        return (("answer", {_value_of(ballot, group): tuple(entry.member.id for entry in group) for group in ballot.clusters}),)
    return ()


def blocking_keys(ballot: Ballot) -> frozenset[str]:
    """Return the questions on which a wrong value breaks the service."""
    found = _by_decision(ballot.candidates)
    return frozenset(key for key, values in found.items() if any(blocking for _, blocking in values.values()))


def reasons(ballot: Ballot, winner: Candidate) -> tuple[str, ...]:
    """Say for the winner's decisions who chose the same: contested ones first, then what all agree on that matters."""
    total = len(ballot.candidates)
    if total < 2:
        return ()
    chosen = _by_decision(ballot.candidates)
    own = decided(winner)
    several_files = len({decision.path for _, _, decision in own.values()}) > 1
    ranked: dict[tuple[bool, bool], list[str]] = {}
    for key, (value, blocking, decision) in own.items():
        members = len(chosen[key][value][0])
        subject = _subject(decision.name, value) + (f" in {decision.path}" if several_files else "")
        who = f"All {total} members" if members == total else f"{members} of {total} members"
        if value != _NOTHING:
            ranked.setdefault((members < total, blocking), []).append(f"{who} chose {shorten(subject)}")
    disputed = ranked.get((True, True), []) + ranked.get((True, False), [])[:MAX_MINOR]
    sentences = (disputed + ranked.get((False, True), []) + ranked.get((False, False), []))[:MAX_REASONS]
    if not own:
        group = next(group for group in ballot.clusters if winner in group)
        sentences = [f"{len(group)} of {total} members answered {shorten(_value_of(ballot, group))}"]
    return tuple(sentences)


def shorten(text: str, limit: int = _SHOWN) -> str:
    """Return a text as one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _by_decision(candidates: Sequence[Candidate]) -> dict[str, dict[str, tuple[list[Candidate], bool]]]:
    found: dict[str, dict[str, tuple[list[Candidate], bool]]] = {}
    for candidate in candidates:
        for key, (value, blocking, _) in decided(candidate).items():
            members, was_blocking = found.setdefault(key, {}).get(value, ([], False))
            members.append(candidate)
            found[key][value] = (members, was_blocking or blocking)
    return found


def _vote(key: str, value: str, members: Sequence[Candidate], weights: dict[str, float] | None, chosen: bool, blocking: bool) -> Vote:
    ids = tuple(candidate.member.id for candidate in members)
    weight = float(len(ids)) if weights is None else sum(weights[member] for member in ids)
    return Vote(key=key, value=value, members=ids, weight=weight, chosen=chosen, blocking=blocking)


def _value_of(ballot: Ballot, group: Sequence[Candidate]) -> str:
    if ballot.comparison.by_meaning:
        return f"the files of {', '.join(candidate.member.id for candidate in group)}"
    value = ballot.comparison.values[ballot.positions[ballot.candidates.index(group[0])]]
    return shorten("no clear answer" if value is None else str(value))


def _subject(name: str, value: str) -> str:
    """Write `web.image` and `redis:8` as "image redis:8 for web", and `base_image` without the underscore."""
    owner, _, attribute = name.rpartition(".")
    words = f"{attribute.replace('_', ' ')} {value}"
    return f"{words} for {owner}" if owner else words
