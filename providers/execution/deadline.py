"""Cut a member that hangs or drips when its deadline comes, and one whose stream stalls before, even if it ignores its cancellation."""

from __future__ import annotations

import asyncio
import time

from providers.base import Answer, CallOptions, Delta, OnDelta, Prompt, Provider
from providers.errors import VendorTimeout
from providers.wrapper import Wrapper

GRACE_S = 0.2
"""How long a cancelled call may take to close its connection before it is left behind."""


class Deadline(Wrapper):
    """Raises VendorTimeout at `options.deadline`; never takes longer than that and `GRACE_S` (SECURITY 22).

    A stream that has begun and then brings nothing for `options.stall_s` is given up at once, so that another member can take its place.
    """

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
            silent = await _wait(call, timeout, gate, options.stall_s)
            if call.done() and not call.cancelled():
                return call.result()
        finally:
            if gate is not None:
                gate.closed = True
            if call.done():
                _forget(call)  # its failure may have come in the very moment this was cancelled: nobody asks for it any more
            else:
                await self._cut(call)
        if silent:
            raise self._timeout(f"The stream stalled: nothing came for {options.stall_s:g} s.")
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
        self.heard: float | None = None

    async def __call__(self, delta: Delta) -> None:
        if self.closed:
            raise asyncio.CancelledError
        self.heard = None  # while whoever listens holds the member back, silence is not the member's
        await self._on_delta(delta)
        self.heard = time.monotonic()


async def _wait(call: asyncio.Task[Answer], timeout: float | None, gate: _Gate | None, stall_s: float | None) -> bool:  # noqa: ASYNC109
    """Wait for the call until its time is up; return whether its stream had fallen silent before."""
    if gate is None or stall_s is None:
        await asyncio.wait((call,), timeout=timeout)
        return False
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        now = time.monotonic()
        if end is not None and now >= end:
            return False
        pause = stall_s if gate.heard is None else gate.heard + stall_s - now
        if pause <= 0:
            return True
        await asyncio.wait((call,), timeout=pause if end is None else min(pause, end - now))
        if call.done():
            return False


def _forget(call: asyncio.Task[Answer]) -> None:
    if not call.cancelled():
        call.exception()
