"""What a refinement leaves behind: holes, attempts with their assessments, and the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from artifacts.records import Artifact, Assessment, Severity


class Lack(StrEnum):
    """What kind of hole it is."""

    FINDING = "finding"
    MISSING_FILE = "missing_file"
    MISSING_DECISION = "missing_decision"


@dataclass(frozen=True, slots=True)
class Hole:
    """One thing to repair in one file. `rule` names the rule, or the decision that is missing; `line` is 1-based."""

    lack: Lack
    path: str
    text: str
    severity: Severity = Severity.WARNING
    rule: str = ""
    line: int | None = None

    @property
    def pressing(self) -> bool:
        """Tell whether it is worth asking a model for; hints are repaired where that costs nothing."""
        return self.severity is not Severity.HINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one file. `by` is the member's id or `architect`; `artifacts` is the whole answer as it would have become.

    `how` says in words what was done, `why` why it was kept or not; `assessment` is None where there was nothing to judge.
    """

    round: int
    by: str
    label: str
    path: str
    how: str
    accepted: bool
    why: str
    artifacts: tuple[Artifact, ...] = ()
    assessment: Assessment | None = None
    cost_usd: float | None = 0.0
    latency_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    """The outcome: the files as they are now, what was tried in which order, and why it ended. `cost_usd` None where a price is unknown."""

    before: Assessment
    artifacts: tuple[Artifact, ...]
    assessment: Assessment
    attempts: tuple[Attempt, ...]
    rounds: int
    stopped: str
    cost_usd: float | None = 0.0
    latency_ms: float = 0.0

    @property
    def improved(self) -> bool:
        """Tell whether any attempt was kept."""
        return any(attempt.accepted for attempt in self.attempts)

    @property
    def accepted(self) -> tuple[Attempt, ...]:
        """Return the attempts that were kept, in order."""
        return tuple(attempt for attempt in self.attempts if attempt.accepted)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a refinement is: the round, what is being tried now in words, what was tried so far."""

    round: int
    of: int
    doing: str
    holes: int
    attempts: tuple[Attempt, ...] = ()


OnProgress = Callable[[Progress], None]
