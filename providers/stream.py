"""A run as an iterator of events, with a bounded buffer between the members and whoever reads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from providers.errors import EnsembleError
from providers.events import Event
from providers.records import Verdict

BUFFER = 64
"""Events that may wait for the reader; then the members are held back."""

StartRun = Callable[[Callable[[Event], Awaitable[None]]], Awaitable[Verdict]]


class EventStream:
    """Yields the events of one run, the last being RunFinished or RunFailed.

    The calls are made when the first event is asked for. They are closed when the run ends, on `aclose`, on leaving
    `async with`, when the reading task is cancelled, and when the stream is dropped (`break` out of `async for`).
    """

    def __init__(self, start: StartRun, buffer: int = BUFFER):
        self._start = start
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(buffer)
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> Event:
        """Return the next event."""
        if self._closed:
            raise StopAsyncIteration
        if self._task is None:
            # the task must not hold the stream, or a dropped stream would never be collected
            self._task = asyncio.ensure_future(_produce(self._start, self._queue))
        try:
            event = await self._queue.get()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if event is not None:
            return event
        self._closed = True
        await self._task  # raises what was no EnsembleError: a fault of the program
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Cancel the run and wait until its calls are closed; safe to call twice."""
        self._closed = True
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close."""
        await self.aclose()

    def __del__(self) -> None:
        """Cancel the run of a stream that nobody reads any more."""
        task = self._task
        if task is not None and not task.done():
            with contextlib.suppress(RuntimeError):  # the event loop is gone, and the task with it
                task.get_loop().call_soon_threadsafe(task.cancel)


async def _produce(start: StartRun, queue: asyncio.Queue[Event | None]) -> None:
    try:
        await start(queue.put)
    except EnsembleError:
        pass  # told as RunFailed
    finally:
        # on cancellation nobody reads any more, so there may be no room: then nothing needs to be said
        with contextlib.suppress(asyncio.QueueFull):
            if asyncio.current_task() is not None and asyncio.current_task().cancelling():  # type: ignore[union-attr]
                queue.put_nowait(None)
            else:
                await queue.put(None)
