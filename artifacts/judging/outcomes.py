"""How one expectation fared in an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from artifacts.records import Expectation


class Verdict(Enum):
    """How one expectation fared: its value towards the score, None where the answer has nothing it could concern."""

    AGREES = 1.0
    VAGUE = 0.5
    SILENT = 0.25
    DIFFERS = 0.0
    ABSENT = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation, how it fared and why in words; `line` is where the answer says otherwise."""

    expectation: Expectation
    verdict: Verdict
    reason: str
    path: str = ""
    line: int | None = None
    lenient: bool = False


def known(fact: Expectation) -> str:
    """Return what is known and where it stands, for a message."""
    return f"{' or '.join(fact.accepted[:4])} ({fact.evidence})" if fact.evidence else " or ".join(fact.accepted[:4])
