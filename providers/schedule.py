"""The base of every execution: when the members of a run are called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from providers.records import Member

MIN_CONSENSUS = 0.7
"""Agreement at which `sequential` asks nobody else unless told otherwise (SPEC §6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run as an execution sees it.

    `call` asks one member and records its outcome; it does not raise but for cancellation. `agreement` tells how far the
    answers so far agree (0..1), None with fewer than two; `answered` how many there are. Never stop below `at_least` answers.
    `early_stop` is the share of all members behind one answer that makes the rest superfluous, None to wait for everyone.
    """

    members: Sequence[Member]
    call: Callable[[Member], Awaitable[None]]
    answered: Callable[[], int]
    agreement: Callable[[], float | None]
    at_least: int = 2
    early_stop: float | None = None
    min_consensus: float = MIN_CONSENSUS

    def settled(self) -> bool:
        """Tell whether enough of all members already stand behind one answer."""
        if self.early_stop is None or self.answered() < self.at_least:
            return False
        agreed = self.agreement()
        return agreed is not None and agreed * self.answered() / len(self.members) >= self.early_stop - 1e-9


class Execution(Protocol):
    """When calls are made. Returns once no more answer is wanted; cancels what it started and no longer needs."""

    id: str
    label: str
    rule: str

    async def execute(self, plan: Plan) -> None:
        """Call members; those without an outcome afterwards count as skipped or cancelled."""
