"""Measure a call: how long it took, when its first piece came, what it cost."""

from __future__ import annotations

import time
from dataclasses import replace

from providers import pricing
from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt
from providers.wrapper import Wrapper


class Meter(Wrapper):
    """Fills in `latency_ms`, `first_token_ms` and `cost_usd` of the answer, by our clock and price list."""

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, measured. The first piece is unknown (None) where the call did not stream."""
        started = time.monotonic()
        first: float | None = None
        if on_delta is None:
            answer = await self.inner.complete(prompt, options)
        else:

            async def timed(delta: Delta) -> None:
                nonlocal first
                if first is None:
                    first = (time.monotonic() - started) * 1000
                await on_delta(delta)

            answer = await self.inner.complete(prompt, options, timed)
        latency = (time.monotonic() - started) * 1000
        cost = answer.cost_usd
        if cost is None:
            cost = 0.0 if answer.cached else pricing.cost_of(pricing.price_of_provider(self, answer.model), answer.usage)
        return replace(answer, latency_ms=latency, first_token_ms=first, cost_usd=cost)
