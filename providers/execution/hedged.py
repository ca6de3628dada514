"""Hedged: the first member, and after a delay the next one too; the first good answer wins."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from providers.records import Member
from providers.schedule import Plan, cancel

UNMEASURED_S = 10.0
UNMEASURED_SHARE = 0.25
"""The delay for a member that was not measured yet: ten seconds, or a quarter of a short run."""
LATE_S, MOST_PUT_OFF = 0.002, 3
"""An alarm that comes later than this is put off, so many times at most."""


class Hedged:
    """Saves the run from a slow member at the price of a few calls more.

    The delay is the member's measured 95th percentile. There is no further call when all in all too many were made (providers.pace), when
    they proved useless, and when there is no time left in which the next member usually answers. A delay that the user sets holds as it
    is, without a budget. A member that fails is followed by the next one at once.
    """

    id = "hedged"
    label = "Hedged"
    rule = "The first member; when it is slower than usual the next one too. The first good answer wins, the others are cancelled."
    at_once = True
    enough = 1
    options: tuple[str, ...] = ("hedge_delay_ms", "max_hedges")

    async def execute(self, plan: Plan) -> str:
        """Return once `at_least` good answers are there; those who are slower are cancelled down to their connections."""
        return await _Race(plan).run()


class _Race:
    """One run: who is waiting, who is running since when, who was hedged."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._waiting = deque(plan.by_priority())
        self._running: dict[asyncio.Future[None], Member] = {}
        self._hedges = 0
        self._hedge_at: float | None = None
        self._put_off = 0
        self._slow: dict[int, float] = {}
        self._good: list[Member] = []
        self._failed: list[Member] = []

    async def run(self) -> str:
        plan = self._plan
        try:
            await self._fill(first=True)
            while self._running:
                timeout = None if self._hedge_at is None else max(0.0, self._hedge_at - time.monotonic())
                done, _ = await asyncio.wait(self._running, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    if not self._late():
                        self._hedge()
                    continue
                for task in done:
                    member = self._running.pop(task)
                    task.result()
                    (self._good if plan.good(member) else self._failed).append(member)
                if len(self._good) >= plan.at_least:
                    return f"{', '.join(member.id for member in self._good)} gave a good answer before it was needed or done."
                await self._fill()
        finally:
            await cancel(self._running)
            self._learn()
        return ""

    def _late(self) -> bool:
        """Tell whether the alarm itself came late: then this machine was busy, and answers that are there may not have been seen yet.

        They get as long as the alarm was late, at most a few times.
        """
        now = time.monotonic()
        lag = now - (self._hedge_at or now)
        if lag < LATE_S or self._put_off >= MOST_PUT_OFF:
            return False
        self._put_off += 1
        self._hedge_at = now + lag
        return True

    async def _fill(self, *, first: bool = False) -> None:
        """Have as many calls under way as answers are missing; who failed is followed by the next one at once."""
        while self._waiting and len(self._running) < self._plan.at_least - len(self._good):
            if not first and self._failed:
                await self._plan.replaced(self._failed[-1], self._waiting[0])
            self._start()

    def _start(self) -> None:
        member = self._waiting.popleft()
        self._running[asyncio.ensure_future(self._plan.call(member))] = member
        self._plan.paces.of(member).called()
        delay = self._delay(member)
        self._hedge_at = None if delay is None else time.monotonic() + delay
        self._put_off = 0

    def _delay(self, member: Member) -> float | None:
        """Return after how many seconds the next member is asked too, None for not at all."""
        plan = self._plan
        if not self._waiting or self._hedges >= plan.limits.max_hedges:
            return None
        if plan.limits.hedge_delay_ms is not None:
            return plan.limits.hedge_delay_ms / 1000
        left = plan.deadline - time.monotonic()
        delay = plan.paces.of(member).delay
        if delay is None:
            delay = min(UNMEASURED_S, UNMEASURED_SHARE * left)
        usual = plan.paces.of(self._waiting[0]).median
        return delay if delay + (usual or 0.0) < left else None

    def _hedge(self) -> None:
        """The latest call is slow: ask the next member too, if that is allowed and of use."""
        self._hedge_at = None
        slow = list(self._running.values())[-1]
        pace = self._plan.paces.of(slow)
        if self._plan.limits.hedge_delay_ms is None and not (pace.helps() and pace.spend()):
            return
        self._slow[slow.index] = pace.slow or 0.0
        self._hedges += 1
        self._start()

    def _learn(self) -> None:
        """Keep of each hedge whether it was of use; of a call that was given up it is known that it took longer than the delay."""
        if not self._good:
            return
        answered = {member.index for member in self._good}
        for member in self._plan.members:
            if member.index in self._slow:
                pace = self._plan.paces.of(member)
                pace.hedged(won=member.index not in answered)
                if member.index not in answered and self._slow[member.index]:
                    pace.took(self._slow[member.index])
