"""Work that goes on in the background, handed safely from the loop that does it to the page that shows it."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Generic, TypeVar

from telemetry.logs import get_logger

P = TypeVar("P")
R = TypeVar("R")

log = get_logger(__name__)


class JobState(StrEnum):
    """How far it is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Job(Generic[P, R]):
    """One piece of work. Everything may be read from any thread; `attach` gives it the way to cancel its work.

    `progress` is what it told last, `result` what came of it, `problem` a sentence where it failed. `expected` are the errors
    whose message is meant for people; of any other the log has the details, under an id that the problem names.
    """

    def __init__(self, name: str, progress: P, expected: tuple[type[Exception], ...] = ()) -> None:
        self.id = secrets.token_hex(8)
        self.name = name
        self.state = JobState.RUNNING
        self.progress = progress
        self.result: R | None = None
        self.problem = ""
        self.taken = False
        self._expected = expected
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] | None = None
        self._listeners: set[Callable[[], None]] = set()

    @property
    def over(self) -> bool:
        """Tell whether it has ended, however it did."""
        return self.state is not JobState.RUNNING

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed`, from whichever thread, after everything it tells and once it is over; returns the way to end that."""
        with self._lock:
            self._listeners.add(changed)
        return lambda: self._listeners.discard(changed)

    def attach(self, cancel: Callable[[], object]) -> None:
        """Give it the way to cancel its work."""
        with self._lock:
            self._cancel = cancel
            stopped = self.state is JobState.STOPPED
        if stopped:
            cancel()

    def cancel(self) -> None:
        """Stop it. Nothing happens when it has ended."""
        with self._lock:
            if self.over:
                return
            self.state, cancel = JobState.STOPPED, self._cancel
        self._tell()
        if cancel is not None:
            cancel()

    async def run(self, work: Callable[[Callable[[P], None]], Awaitable[R]]) -> None:
        """Do the work and keep its outcome."""
        try:
            result = await work(self._hear)
        except asyncio.CancelledError:
            self._end(JobState.STOPPED)
            raise
        except self._expected as error:
            self._end(JobState.FAILED, str(error))
        except Exception:
            identity = secrets.token_hex(4)
            log.exception("background work failed", error_id=identity, work=self.name)
            self._end(JobState.FAILED, f"The program failed at this ({self.name}). Its log has the details under error id {identity}.")
        else:
            with self._lock:
                if not self.over:
                    self.result, self.state = result, JobState.DONE
            self._tell()

    def _hear(self, progress: P) -> None:
        self.progress = progress
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for changed in listeners:
            changed()

    def _end(self, state: JobState, problem: str = "") -> None:
        with self._lock:
            if not self.over:
                self.state, self.problem = state, problem
        self._tell()
