"""Remembers what this process did lately, for the Monitor page: bounded, in memory, from any thread."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from telemetry.events import CallEnded, RunBegan, RunEnded
from telemetry.figures import Figures, figures

KEPT_CALLS = 10_000
KEPT_RUNS = 2_000
KEPT_ACTIVE = 2_000


class Monitor:
    """A sink that keeps the latest runs and calls. An owner sees his own, or everybody's figures without a word of theirs."""

    def __init__(self, clock: Callable[[], float] = time.time):
        self.started = clock()
        self._clock = clock
        self._lock = threading.Lock()
        self._active: OrderedDict[str, RunBegan] = OrderedDict()
        self._calls: deque[CallEnded] = deque(maxlen=KEPT_CALLS)
        self._runs: deque[RunEnded] = deque(maxlen=KEPT_RUNS)

    def run_began(self, run: RunBegan) -> None:
        """Take in a beginning."""
        with self._lock:
            self._active[run.run_id] = run
            while len(self._active) > KEPT_ACTIVE:
                self._active.popitem(last=False)

    def call_ended(self, call: CallEnded) -> None:
        """Take in the end of a call."""
        with self._lock:
            self._calls.append(call)

    def run_ended(self, run: RunEnded) -> None:
        """Take in the end of a run."""
        with self._lock:
            self._active.pop(run.run_id, None)
            self._runs.append(run)

    def figures(self, owner: str | None = None, seconds: float | None = None) -> Figures:
        """Return the figures of the last `seconds`, or since the process began; of one owner, or of everybody."""
        now = self._clock()
        runs, calls, active = self._held(owner)
        since = self.started if seconds is None else max(self.started, now - seconds)
        return figures(runs, calls, active, since, max(now, since + 1e-3))

    def calls(self, owner: str | None = None, seconds: float | None = None) -> list[CallEnded]:
        """Return the calls themselves, newest first."""
        since = self.started if seconds is None else self._clock() - seconds
        return [call for call in reversed(self._held(owner)[1]) if call.began >= since]

    def _held(self, owner: str | None) -> tuple[list[RunEnded], list[CallEnded], list[RunBegan]]:
        with self._lock:
            runs, calls, active = list(self._runs), list(self._calls), list(self._active.values())
        if owner is None:
            return runs, calls, active
        return (
            [run for run in runs if run.owner == owner],
            [call for call in calls if call.owner == owner],
            [run for run in active if run.owner == owner],
        )
