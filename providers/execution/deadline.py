"""Cut a member that hangs, stalls or drips when its deadline comes, even one that ignores its cancellation."""

from __future__ import annotations

import asyncio
import time

from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt, Provider
from providers.errors import VendorTimeout
from providers.wrapper import Wrapper

GRACE_S = 0.2
"""How long a cancelled call may take to close its connection before it is left behind."""


class Deadline(Wrapper):
    """Raises VendorTimeout at `options.deadline`; never takes longer than that and `GRACE_S` (SECURITY 22)."""

    def __init__(self, inner: Provider, grace_s: float = GRACE_S):
        super().__init__(inner)
        self._grace_s = grace_s
        self._left_behind: set[asyncio.Task[Answer]] = set()

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, or raise VendorTimeout; after either no piece is passed on any more."""
        gate = _Gate(on_delta) if on_delta is not None else None
        timeout = None if options.deadline is None else options.deadline - time.monotonic()
        if timeout is not None and timeout <= 0:
            raise self._timeout("The deadline had passed before the call was made.")
        started = time.monotonic()
        call = asyncio.ensure_future(self.inner.complete(prompt, options, gate))
        try:
            await asyncio.wait((call,), timeout=timeout)
            if call.done() and not call.cancelled():
                return call.result()
        finally:
            if gate is not None:
                gate.closed = True
            if not call.done():
                await self._cut(call)
        raise self._timeout(f"No complete answer came within {time.monotonic() - started:.1f} s.")

    async def aclose(self) -> None:
        """Cancel once more what was left behind, then close `inner`."""
        for call in tuple(self._left_behind):
            call.cancel()
        await self.inner.aclose()

    async def _cut(self, call: asyncio.Task[Answer]) -> None:
        call.cancel()
        call.add_done_callback(_forget)
        self._left_behind.add(call)
        call.add_done_callback(self._left_behind.discard)
        await asyncio.wait((call,), timeout=self._grace_s)

    def _timeout(self, message: str) -> VendorTimeout:
        return VendorTimeout(message, vendor=self.id)


class _Gate:
    """Passes pieces on until it is closed; then it ends a call that did not notice its cancellation."""

    def __init__(self, on_delta: OnDelta):
        self._on_delta = on_delta
        self.closed = False

    async def __call__(self, delta: Delta) -> None:
        if self.closed:
            raise asyncio.CancelledError
        await self._on_delta(delta)


def _forget(call: asyncio.Task[Answer]) -> None:
    if not call.cancelled():
        call.exception()
