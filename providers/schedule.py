"""The base of every execution: when the members of a run are called, and what an execution may ask about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from providers.pace import Paces
from providers.records import Member

MIN_CONSENSUS = 0.7
"""Agreement at which `sequential` asks nobody else, and above which two sets of files count as agreeing for `quorum` (SPEC §6)."""
CONFIDENCE_THRESHOLD = 0.85
"""Score or confidence at which `cascade` is content (SPEC §6)."""
MAX_HEDGES = 2
"""Calls that `hedged` makes at most because others are slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a user may set about the calling. None: wait for everyone, the measured delay, more than half of the members."""

    early_stop: float | None = None
    min_consensus: float = MIN_CONSENSUS
    confidence_threshold: float = CONFIDENCE_THRESHOLD
    hedge_delay_ms: float | None = None
    max_hedges: int = MAX_HEDGES
    quorum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run as an execution sees it.

    `call` asks one member and records its outcome; it does not raise but for cancellation. `answered` counts the answers that may vote,
    `good` tells that a member's passed the validators, `standing` returns its score or confidence 0..1. `agreement` tells how far the
    answers agree (0..1, None with fewer than two), `agreeing` how many of them agree with one another. `replaced` tells that one member is
    asked because another failed, `note` puts a sentence into the metadata. Never stop below `at_least` answers.
    """

    members: Sequence[Member]
    call: Callable[[Member], Awaitable[None]]
    answered: Callable[[], int]
    good: Callable[[Member], bool]
    standing: Callable[[Member], Awaitable[float | None]]
    agreement: Callable[[], Awaitable[float | None]]
    agreeing: Callable[[], Awaitable[int]]
    replaced: Callable[[Member, Member], Awaitable[None]]
    note: Callable[[str], None]
    deadline: float
    at_least: int = 2
    limits: Limits = field(default_factory=Limits)
    paces: Paces = field(default_factory=Paces)

    def by_priority(self) -> list[Member]:
        """Return the members in the order in which they are asked: those with a priority first, the lowest number first of all."""
        return sorted(self.members, key=lambda member: (member.priority is None, member.priority or 0, member.index))

    async def settled(self) -> bool:
        """Tell whether enough of all members already stand behind one answer."""
        if self.limits.early_stop is None or self.answered() < self.at_least:
            return False
        agreed = await self.agreement()
        return agreed is not None and agreed * self.answered() / len(self.members) >= self.limits.early_stop - 1e-9


class Execution(Protocol):
    """When calls are made. `at_once` tells that several run at a time; `enough` how many answers it is content with.

    `options` are the names of the EnsembleProvider's options that have an effect on it; `rule` is for the page.
    """

    id: str
    label: str
    rule: str
    at_once: bool
    enough: int
    options: tuple[str, ...]

    async def execute(self, plan: Plan) -> str:
        """Call members; return a sentence on why the rest was not needed, "" when all were asked.

        Members without an outcome afterwards count as skipped or cancelled. What it started and no longer needs it cancels.
        """


async def cancel(tasks: Iterable[asyncio.Future[None]]) -> None:
    """Cancel calls and wait until their connections are closed."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)
