"""Ask a vendor no more often a minute than allowed: a call waits for its place, and one whose place comes too late fails at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from providers import waiting
from providers.base import Answer, CallOptions, OnDelta, Prompt, Provider
from providers.errors import LocalLimit
from providers.wrapper import Wrapper

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

log = logging.getLogger(__name__)

WINDOW_S = 60.0
SHORTEST_CALL_S = 0.25
"""With less time than this left before the deadline a call has no sense."""
LEAST_WAIT_S = 0.01
REDIS_PATIENCE_S = 1.0
REDIS_AGAIN_S = 30.0
"""How long Redis is left alone after it could not be reached."""


class Places(Protocol):
    """Counts calls in a moving window."""

    async def take(self) -> float:
        """Take a place and return 0, or return how many seconds there is none."""


class Window:
    """Places in this process: in any `seconds` at most `limit` are taken. Holds at most `limit` times."""

    def __init__(self, limit: int, seconds: float = WINDOW_S, clock: Callable[[], float] = time.monotonic):
        self.limit = limit
        self._seconds = seconds
        self._clock = clock
        self._taken: deque[float] = deque()

    async def take(self) -> float:
        """Take a place and return 0, or return how many seconds there is none."""
        return self.take_now()

    def take_now(self) -> float:
        """Do the same without waiting for the event loop."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - self._seconds:
            self._taken.popleft()
        if len(self._taken) >= self.limit:
            return self._taken[0] + self._seconds - now
        self._taken.append(now)
        return 0.0


class RedisWindows:
    """The windows of several processes in Redis, by the `limits` package; while Redis cannot be reached each process counts alone."""

    def __init__(self, url: str):
        self._url = url
        self._limiter: MovingWindowRateLimiter | None = None
        self._silent_until = 0.0

    def window(self, name: str, alone: Window) -> Places:
        """Return the places counted under this name; `alone` counts meanwhile, so that a lost Redis lifts no limit."""
        return _RedisWindow(self, name, alone)

    async def take(self, name: str, limit: int) -> float | None:
        """Take a place and return 0, or the seconds to wait, None where Redis does not answer."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            return await asyncio.to_thread(self._take, name, limit)
        except Exception as error:  # noqa: BLE001 - redis, its transport and `limits` each raise errors of their own
            self._silent_until = time.monotonic() + REDIS_AGAIN_S
            log.warning("rate limits are counted in this process alone: Redis does not answer (%s)", type(error).__name__)
            return None

    def _take(self, name: str, limit: int) -> float:
        from limits import RateLimitItemPerMinute

        if self._limiter is None:
            from limits.storage import RedisStorage
            from limits.strategies import MovingWindowRateLimiter

            store = RedisStorage(self._url, socket_timeout=REDIS_PATIENCE_S, socket_connect_timeout=REDIS_PATIENCE_S)
            self._limiter = MovingWindowRateLimiter(store)
        item = RateLimitItemPerMinute(limit, namespace="omni")
        if self._limiter.hit(item, name):
            return 0.0
        return max(LEAST_WAIT_S, self._limiter.get_window_stats(item, name).reset_time - time.time())


class _RedisWindow:
    def __init__(self, redis: RedisWindows, name: str, alone: Window):
        self._redis = redis
        self._name = name
        self._alone = alone

    async def take(self) -> float:
        waits = await self._redis.take(self._name, self._alone.limit)
        if waits is None:
            return self._alone.take_now()
        if waits == 0:
            self._alone.take_now()
        return waits


class Turnstile:
    """One vendor's places for one user, with how many calls wait for one."""

    def __init__(self, places: Places, limit: int):
        self.places = places
        self.limit = limit
        self.waiting = 0

    def wait_for(self, seconds: float) -> float:
        """Return how long a call that finds no place for so many seconds has to expect, behind those who wait already."""
        return seconds + (self.waiting // self.limit) * WINDOW_S


class Limit(Wrapper):
    """Waits until the vendor may be asked again; raises LocalLimit at once where that is after the deadline (SECURITY 31)."""

    def __init__(self, inner: Provider, turnstile: Turnstile, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep):
        super().__init__(inner)
        self._turnstile = turnstile
        self._sleep = sleep

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, when it is this call's turn."""
        turnstile = self._turnstile
        wait = await turnstile.places.take()
        while wait > 0:
            expected = turnstile.wait_for(wait)
            if options.deadline is not None and time.monotonic() + expected + SHORTEST_CALL_S > options.deadline:
                raise LocalLimit(
                    f"The limit of {turnstile.limit} calls a minute to {self.label} is used up; the next is free in {expected:.0f} s.",
                    vendor=self.id,
                )
            turnstile.waiting += 1
            try:
                await waiting.tell(f"It waits for its turn: {turnstile.limit} calls a minute are used up, one is free in {expected:.0f} s.")
                await self._sleep(max(LEAST_WAIT_S, wait))
            finally:
                turnstile.waiting -= 1
            wait = await turnstile.places.take()
            if wait <= 0:
                await waiting.tell("")
        return await self.inner.complete(prompt, options, on_delta)
