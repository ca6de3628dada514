"""A run while it happens: what every member has said so far, how fast and how sure, handed safely to whoever watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.track import Cursor, MemberFrame, MemberState, Track
from providers import events
from providers.records import Candidate, Member, Verdict

__all__ = ["Cursor", "Failure", "Frame", "LiveRun", "MemberFrame", "MemberState", "RunState"]


class RunState(StrEnum):
    """How far a run is."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run gave no verdict: the error's name, a safe sentence, what each member gave."""

    kind: str
    message: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The whole run at one instant, with the text a watcher lacks. `more` says that a next frame is due at once."""

    state: RunState
    elapsed_ms: float
    answered: int
    energy: float | None
    members: tuple[MemberFrame, ...]
    more: bool
    message: str = ""


class LiveRun:
    """Collects a run's events. `feed` may be called from any thread; everything else may be read from any other.

    `watchers` counts the browser sockets that watch, kept by the one loop that serves them.
    """

    def __init__(self, run_id: str, members: Sequence[Member] = (), *, clock: Callable[[], float] = time.monotonic):
        self.run_id = run_id
        self.strategy = ""
        self.execution = ""
        self.deadline_s: float | None = None
        self.verdict: Verdict | None = None
        self.failure: Failure | None = None
        self.watchers = 0
        self._state = RunState.RUNNING
        self._clock = clock
        self._began = clock()
        self._ended_ms: float | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._listeners: list[Callable[[], None]] = []
        self._cancel: Callable[[], object] | None = None
        self._tracks: dict[str, Track] = {member.id: Track(member) for member in members}
        self._standing_by: dict[str, Member] = {}

    # -- what is known -------------------------------------------------------------------------------------------

    @property
    def state(self) -> RunState:
        """Return how far the run is."""
        return self._state

    @property
    def over(self) -> bool:
        """Tell whether the run has ended, however it did."""
        return self._over.is_set()

    @property
    def members(self) -> tuple[Member, ...]:
        """Return the members in their order."""
        with self._lock:
            return tuple(track.member for track in self._tracks.values())

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Return what the members gave so far, in their order."""
        with self._lock:
            return tuple(track.candidate for track in self._tracks.values() if track.candidate)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the run has ended or the timeout (seconds) passed; return whether it has ended."""
        return self._over.wait(timeout)

    def text(self, member: str) -> str:
        """Return what this member has said in its present attempt."""
        with self._lock:
            return self._tracks[member].text.getvalue()

    def snapshot(self) -> Frame:
        """Return the run as it stands, without any text."""
        with self._lock:
            return self._frame(None)

    def frame(self, cursor: Cursor) -> Frame:
        """Return the run as it stands with the text this watcher lacks, and move its cursor on."""
        with self._lock:
            return self._frame(cursor)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change, from the thread that made it; it must return at once. Returns the way to stop that."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    # -- what happens to it --------------------------------------------------------------------------------------

    def attach(self, cancel: Callable[[], object]) -> None:
        """Give the run the way to cancel its calls; it is used at once if the run was stopped before."""
        with self._lock:
            self._cancel = cancel
            stopped = self._state is RunState.STOPPED
        if stopped:
            cancel()

    def cancel(self) -> None:
        """Stop the run: its calls are cancelled and later events are ignored. Nothing happens when it has ended."""
        with self._lock:
            if self._state is not RunState.RUNNING:
                return
            for track in self._tracks.values():
                if not track.state.over:
                    track.finish(MemberState.STOPPED, self._now())
            self._end(RunState.STOPPED)
            cancel = self._cancel
        if cancel is not None:
            cancel()
        self._announce()

    def keep(self, verdict: Verdict) -> None:
        """Hold a verdict that is still being worked on, for the case that the run is stopped before it is done."""
        self.verdict = verdict

    def fail(self, kind: str, message: str) -> None:
        """End the run for a reason outside the ensemble; `message` must be safe to show."""
        self.feed(events.RunFailed(run_id=self.run_id, at_ms=self._now(), kind=kind, message=message, candidates=self.candidates))

    def feed(self, event: events.Event) -> None:
        """Take in one event of the ensemble; events after the end are ignored."""
        with self._lock:
            if self._state is not RunState.RUNNING:
                return
            self._apply(event)
        self._announce()

    # -- how -----------------------------------------------------------------------------------------------------

    def _apply(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self.strategy, self.execution, self.deadline_s = event.strategy, event.execution, event.deadline_s
                self._tracks = {member.id: self._tracks.get(member.id) or Track(member) for member in event.members}
                self._standing_by = {member.id: member for member in event.standing_by}
            case events.MemberStarted():
                if event.member in self._standing_by:
                    self._tracks[event.member] = Track(self._standing_by.pop(event.member))
                self._tracks[event.member].start(self._now())
            case events.MemberDelta():
                self._tracks[event.member].say(event.text, event.logprobs, self._now())
            case events.MemberRetried():
                self._tracks[event.member].retry(event.attempt, event.reason)
            case events.MemberFinished():
                self._tracks[event.member].answer(event.candidate, self._now())
            case events.MemberFailed():
                self._tracks[event.member].drop(event.candidate, self._now())
            case events.CandidateJudged():
                self._tracks[event.member].judge(event.candidate)
            case events.RunFinished():
                self.verdict = event.verdict
                self._end(RunState.FINISHED)
            case events.RunFailed():
                self.failure = Failure(event.kind, event.message, event.candidates)
                for track in self._tracks.values():
                    if not track.state.over:
                        track.finish(MemberState.STOPPED, self._now())
                self._end(RunState.FAILED)
            case _:
                return  # votes and consensus are in the verdict

    def _end(self, state: RunState) -> None:
        self._state = state
        self._ended_ms = self._now()
        self._over.set()

    def _now(self) -> float:
        return (self._clock() - self._began) * 1000

    def _announce(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def _frame(self, cursor: Cursor | None) -> Frame:
        now = self._ended_ms if self._ended_ms is not None else self._now()
        frames = tuple(track.frame(now, cursor) for track in self._tracks.values())
        behind = cursor is not None and any(not track.seen_by(cursor) for track in self._tracks.values())
        known = [(track.member.weight, frame.energy) for track, frame in zip(self._tracks.values(), frames, strict=True)]
        weights = sum(weight for weight, energy in known if energy is not None)
        total = sum(weight * energy for weight, energy in known if energy is not None)
        return Frame(
            state=self._state,
            elapsed_ms=now,
            answered=sum(track.state.good for track in self._tracks.values()),
            energy=min(1.0, total / weights) if weights > 0 else None,
            members=frames,
            more=behind,
            message=self.failure.message if self.failure else "",
        )
