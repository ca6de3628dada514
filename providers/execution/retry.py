"""The one retry loop: few attempts, full jitter, the vendor's own Retry-After, a budget, and never past the deadline."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from tenacity.wait import wait_base, wait_random_exponential

from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt, Provider
from providers.errors import ProviderError
from providers.wrapper import Wrapper

ATTEMPTS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
LONGEST_RETRY_AFTER_S = 60.0
SHORTEST_ATTEMPT_S = 0.25
"""With less time than this left before the deadline another attempt has no sense."""

OnRetry = Callable[[int, ProviderError], Awaitable[None]]
"""Told the number of the attempt that comes next and why; what had been streamed is void."""


class RetryBudget:
    """Retries a vendor may cost: each takes one, each success gives back a part, so an outage soon stops them (SECURITY 23)."""

    def __init__(self, capacity: float = 30.0, refill: float = 0.1):
        self._capacity = capacity
        self._refill = refill
        self._left = capacity

    def spend(self) -> bool:
        """Take one retry; tell whether there was one."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def succeeded(self) -> None:
        """Give back a part of a retry for a call that went well."""
        self._left = min(self._capacity, self._left + self._refill)


class Retry(Wrapper):
    """Tries again where a retry can help. Times in the answer count from the first attempt.

    Without `on_retry` nobody can be told that streamed text is void, so a call that has streamed is not retried; nor with
    `retry_streams` False, where another member takes the place of one whose stream broke.
    """

    def __init__(
        self,
        inner: Provider,
        *,
        budget: RetryBudget,
        on_retry: OnRetry | None = None,
        attempts: int = ATTEMPTS,
        retry_streams: bool = True,
        first_wait_s: float = FIRST_WAIT_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        super().__init__(inner)
        self._budget = budget
        self._on_retry = on_retry
        self._attempts = attempts
        self._retry_streams = retry_streams and on_retry is not None
        self._wait = _Wait(first_wait_s)
        self._sleep = sleep

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, after at most two more attempts; raises the last attempt's error."""
        started = time.monotonic()
        streamed = False
        listener = on_delta
        if on_delta is not None and not self._retry_streams:
            passed_on = on_delta

            async def noted(delta: Delta) -> None:
                nonlocal streamed
                streamed = True
                await passed_on(delta)

            listener = noted

        def give_up(state: RetryCallState) -> bool:
            if streamed or state.attempt_number >= self._attempts:
                return True
            error = _error(state)
            if error.retry_after is not None and error.retry_after > LONGEST_RETRY_AFTER_S:
                return True
            if options.deadline is not None and time.monotonic() + state.upcoming_sleep + SHORTEST_ATTEMPT_S > options.deadline:
                return True
            return not self._budget.spend()

        async def announce(state: RetryCallState) -> None:
            if self._on_retry is not None:
                await self._on_retry(state.attempt_number + 1, _error(state))

        try:
            answer = await self.inner.complete(prompt, options, listener)
        except ProviderError as error:
            failure = error
        else:
            self._budget.succeeded()
            return answer
        # the loop begins with the attempt that failed, so that a call which goes well pays nothing for it
        loop = AsyncRetrying(retry=_HELPS, wait=self._wait, stop=give_up, before_sleep=announce, sleep=self._sleep, reraise=True)
        async for attempt in loop:
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise failure
                begun = time.monotonic()
                answer = await self.inner.complete(prompt, options, listener)
        self._budget.succeeded()
        earlier_ms = (begun - started) * 1000
        first = None if answer.first_token_ms is None else answer.first_token_ms + earlier_ms
        return replace(answer, latency_ms=answer.latency_ms + earlier_ms, first_token_ms=first)


class _Wait(wait_base):
    """Full jitter, or the vendor's own word with a little jitter on top so that clients do not come back together."""

    def __init__(self, first_wait_s: float):
        self._jitter = wait_random_exponential(multiplier=first_wait_s, max=LONGEST_WAIT_S)

    def __call__(self, retry_state: RetryCallState) -> float:
        retry_after = _error(retry_state).retry_after
        if retry_after is None:
            return self._jitter(retry_state)
        return max(0.0, retry_after) + random.uniform(0.0, 0.25)


_HELPS = retry_if_exception(lambda error: isinstance(error, ProviderError) and error.retryable)


def _error(state: RetryCallState) -> ProviderError:
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, ProviderError):  # the predicate lets nothing else come here
        raise TypeError(f"a retry was considered without a ProviderError: {error!r}")
    return error
