"""A repair while it happens, handed safely from the loop that does it to the page that shows it."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable
from enum import StrEnum

from engine.refining.records import OnProgress, Progress, Refinement
from providers.records import Verdict
from telemetry.logs import get_logger

log = get_logger(__name__)

Work = Callable[[OnProgress], Awaitable[tuple[Verdict, Refinement]]]


class JobState(StrEnum):
    """How far a repair is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class RepairJob:
    """One repair of one run's verdict. Everything may be read from any thread; `attach` gives it the way to cancel its work."""

    def __init__(self, before: Verdict) -> None:
        self.before = before
        self.run_id = before.run_id
        self.state = JobState.RUNNING
        self.progress = Progress(0, 0, "looks at what there is to repair", 0)
        self.verdict: Verdict | None = None
        self.refinement: Refinement | None = None
        self.problem = ""
        self.taken = False
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] | None = None

    @property
    def over(self) -> bool:
        """Tell whether it has ended, however it did."""
        return self.state is not JobState.RUNNING

    def attach(self, cancel: Callable[[], object]) -> None:
        """Give it the way to cancel its work."""
        with self._lock:
            self._cancel = cancel
            stopped = self.state is JobState.STOPPED
        if stopped:
            cancel()

    def cancel(self) -> None:
        """Stop it; the verdict stays as it was. Nothing happens when it has ended."""
        with self._lock:
            if self.over:
                return
            self.state, cancel = JobState.STOPPED, self._cancel
        if cancel is not None:
            cancel()

    async def run(self, work: Work) -> None:
        """Do the work and keep its outcome; a fault of the program is told with the id under which the log has it."""
        try:
            verdict, refinement = await work(self._hear)
        except asyncio.CancelledError:
            self._end(JobState.STOPPED)
            raise
        except Exception:
            identity = secrets.token_hex(4)
            log.exception("repair failed", error_id=identity)
            self.problem = f"The program failed while it repaired this. Its log has the details under error id {identity}."
            self._end(JobState.FAILED)
        else:
            with self._lock:
                if not self.over:
                    self.verdict, self.refinement, self.state = verdict, refinement, JobState.DONE

    def _hear(self, progress: Progress) -> None:
        self.progress = progress

    def _end(self, state: JobState) -> None:
        with self._lock:
            if not self.over:
                self.state = state
