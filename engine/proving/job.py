"""A proof while it happens, handed safely from the loop that does it to the page that shows it."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from enum import StrEnum

from architect.profile import Profile
from artifacts.records import Artifact
from engine.prove import prove
from engine.proving.records import LineEvent, Proof, ProofEvent, Step, StepEvent
from telemetry.logs import get_logger
from workspace.files import Workspace

log = get_logger(__name__)

KEPT_LINES = 400


class ProofState(StrEnum):
    """How far a proof is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class ProofJob:
    """One proof of one run's files. Everything may be read from any thread; `attach` gives it the way to cancel its work.

    A stopped proof keeps `cleaning` until what it made is removed.
    """

    def __init__(self, run_id: str, artifacts: Sequence[Artifact]) -> None:
        self.run_id = run_id
        self.artifacts = tuple(artifacts)
        self.state = ProofState.RUNNING
        self.cleaning = False
        self.proof: Proof | None = None
        self.problem = ""
        self.taken = False
        self._steps: dict[tuple[str, Step], StepEvent] = {}
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] | None = None

    @property
    def over(self) -> bool:
        """Tell whether it has ended, however it did."""
        return self.state is not ProofState.RUNNING

    @property
    def steps(self) -> tuple[StepEvent, ...]:
        """Return the steps so far, each as it stands now, in the order in which they began."""
        with self._lock:
            return tuple(self._steps.values())

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the last lines that builds and containers said."""
        with self._lock:
            return tuple(self._lines)

    def attach(self, cancel: Callable[[], object]) -> None:
        """Give it the way to cancel its work."""
        self._cancel = cancel
        if self.state is ProofState.STOPPED:
            cancel()

    def cancel(self) -> None:
        """Stop it and have everything it made removed. Nothing happens when it has ended."""
        with self._lock:
            if self.over:
                return
            self.state, self.cleaning = ProofState.STOPPED, True
        if self._cancel is not None:
            self._cancel()

    async def run(self, workspace: Workspace, profile: Profile | None) -> None:
        """Prove, and keep the outcome; a fault of the program is told with the id under which the log has it."""
        try:
            proof = await prove(workspace, self.artifacts, profile, on_event=self._hear)
        except asyncio.CancelledError:
            self._end(ProofState.STOPPED)
            raise
        except Exception:
            identity = secrets.token_hex(4)
            log.exception("proof failed", error_id=identity)
            self.problem = f"The program failed while it proved this. Its log has the details under error id {identity}."
            self._end(ProofState.FAILED)
        else:
            self.proof = proof
            self._end(ProofState.DONE)
        finally:
            self.cleaning = False

    def _hear(self, event: ProofEvent) -> None:
        with self._lock:
            if isinstance(event, StepEvent):
                self._steps[event.path, event.step] = event
            elif isinstance(event, LineEvent):
                self._lines.append(event.text)

    def _end(self, state: ProofState) -> None:
        with self._lock:
            if not self.over:
                self.state = state
