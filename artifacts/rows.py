"""Decisions with the places that make them, so that one can be carried to another file of the same kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from artifacts.errors import DecisionNotTakeable, UnreadableArtifact
from artifacts.records import Artifact, Decision
from artifacts.yamledit import MISSING, Step, set_value

MOST = 2000


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a file (keys and positions from its root) and the plain value that stands there."""

    path: tuple[Step, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    """One decision of a file. `slots` are all places that make it; empty when it follows from the file as a whole."""

    name: str
    value: str
    line: int | None = None
    blocking: bool = False
    slots: tuple[Slot, ...] = ()


def decided(rows: Sequence[Row], path: str) -> tuple[Decision, ...]:
    """Return rows as decisions, each name once."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.name, row)
    return tuple(Decision(path, row.name, row.value[:MOST], row.line, row.blocking) for row in first.values())


def moves(ours: Sequence[Row], theirs: Sequence[Row], decision: Decision, donor: Artifact) -> list[Slot]:
    """Return what must be set, in order, so that one decision is the donor's. Raises DecisionNotTakeable.

    Places that correspond one to one are set alike; where the donor has one value everywhere, every place gets it; what only
    the donor has is set at the donor's place, what only this file has is removed.
    """
    mine = next((row for row in ours if row.name == decision.name), None)
    wanted = next((row for row in theirs if row.name == decision.name), None)
    have = mine.slots if mine else ()
    want = wanted.slots if wanted else ()
    if wanted is None or (not want and have):
        if have:
            return [Slot(slot.path, MISSING) for slot in reversed(have)]
        raise DecisionNotTakeable(f"{decision.name} follows from the whole of {donor.path}; take the whole file instead.")
    if not want:
        raise DecisionNotTakeable(f"{decision.name} follows from the whole of {donor.path}; take the whole file instead.")
    if not have:
        return list(want)
    if len(have) == len(want):
        return [Slot(slot.path, other.value) for slot, other in zip(have, want, strict=True)]
    if all(slot.value == want[0].value for slot in want):
        return [Slot(slot.path, want[0].value) for slot in have]
    raise DecisionNotTakeable(f"{decision.name} is spread differently over {donor.path}; take the whole file instead.")


def take_yaml(artifact: Artifact, ours: Sequence[Row], theirs: Sequence[Row], decision: Decision, donor: Artifact) -> str:
    """Return the text of a YAML file with the donor's values of one decision. Raises DecisionNotTakeable."""
    text = artifact.content.replace("\r\n", "\n")
    try:
        for slot in moves(ours, theirs, decision, donor):
            text = set_value(text, 0, slot.path, slot.value)
    except UnreadableArtifact as error:
        raise DecisionNotTakeable(f"{artifact.path} cannot be changed piece by piece ({error.message}); take the whole file.") from None
    return text
