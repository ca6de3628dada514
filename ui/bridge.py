"""The one background event loop of the process: pages hand it coroutines and get futures back (SECURITY 36)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

MAX_PENDING = 256
"""Coroutines in flight at once, of all browsers together."""

SHUTDOWN_S = 2.0


class BridgeBusyError(RuntimeError):
    """Too much is in flight already."""


class Bridge:
    """A loop in a daemon thread, started by the first coroutine."""

    def __init__(self, max_pending: int = MAX_PENDING, name: str = "omni-bridge"):
        self._max_pending, self._name = max_pending, name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pending: set[Future[Any]] = set()

    @property
    def pending(self) -> int:
        """Return how many coroutines are in flight."""
        return len(self._pending)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run the coroutine on the loop; cancelling the future cancels its task. Raises BridgeBusyError when full."""
        with self._lock:
            if len(self._pending) >= self._max_pending:
                coroutine.close()
                raise BridgeBusyError(f"{self._max_pending} calls are in flight already; wait for one to end.")
            future = asyncio.run_coroutine_threadsafe(coroutine, self._started())
            self._pending.add(future)
        future.add_done_callback(self._forget)
        return future

    def call(self, coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run the coroutine and wait for its result; it is cancelled when the timeout (seconds) passes, as TimeoutError."""
        future = self.submit(coroutine)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop, started if it was not."""
        with self._lock:
            return self._started()

    def stop(self) -> None:
        """Cancel everything in flight and end the thread, waiting SHUTDOWN_S at most; a later submit starts afresh."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_wind_up(), loop)
        thread.join(SHUTDOWN_S)

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_run, args=(self._loop,), name=self._name, daemon=True)
            self._thread.start()
        return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _wind_up() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=SHUTDOWN_S / 2) if tasks else None
    asyncio.get_running_loop().stop()


BRIDGE = Bridge()
"""The process's bridge. Idle until the first submit."""
