"""A run while it happens: what every member has said so far, how fast and how sure, handed safely to whoever watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.minutes import MinuteTaker
from engine.track import Cursor, MemberFrame, MemberState, Track
from providers import events
from providers.frames import Council
from providers.merging import Batch, Piece
from providers.records import Candidate, Member, Minutes, Moment, Verdict

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
    """The whole run at one instant, with the text a watcher lacks. `more` says that a next frame is due at once.

    `energy`, `diversity` and `agreement` are 0..1, None while unknown (SPEC §8); `resonance` is a word. `synced` is False when the
    members are too far apart to be compared, `held` names those that wait for the others' frame. `moments` are those of the
    run's minutes that the watcher lacks, with energies in the order of `minuted`; they replace what it has when `anew`.
    """

    state: RunState
    elapsed_ms: float
    answered: int
    energy: float | None
    members: tuple[MemberFrame, ...]
    more: bool
    message: str = ""
    diversity: float | None = None
    agreement: float | None = None
    resonance: str = "listening"
    synced: bool = True
    held: tuple[str, ...] = ()
    minuted: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = ()
    anew: bool = False


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
        self._council = Council(members)
        self._tracks: dict[str, Track] = {member.id: self._track(member) for member in members}
        self._standing_by: dict[str, Member] = {}
        self._minutes = MinuteTaker()
        self._held: tuple[str, ...] = ()

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

    def minutes(self) -> Minutes | None:
        """Return how the members streamed so far; None where they did not."""
        with self._lock:
            self._minutes.note(self._council, self._ended_ms if self._ended_ms is not None else self._now(), last=True)
            return self._minutes.minutes()

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

    def take(self, batch: Batch) -> None:
        """Take in one frame of the members' text; after the end it is ignored."""
        with self._lock:
            if self._state is not RunState.RUNNING:
                return
            self._council.synced, self._held = batch.synced, batch.held
            self._say(batch.pieces, self._now() - batch.at_ms)
            self._minutes.note(self._council, self._now())
        self._announce()

    def take_rest(self, pieces: Sequence[Piece]) -> None:
        """Take in what members said just before they ended or started over."""
        if not pieces:
            return
        with self._lock:
            if self._state is RunState.RUNNING:
                self._say(pieces, self._now() - pieces[-1].at_ms)
        self._announce()

    # -- how -----------------------------------------------------------------------------------------------------

    def _track(self, member: Member) -> Track:
        return Track(member, self._council.join(member))

    def _say(self, pieces: Sequence[Piece], offset: float) -> None:
        """Hand pieces to their members; `offset` turns their clock into milliseconds since the run's start."""
        for piece in pieces:
            track = self._tracks.get(piece.member)
            if track is not None and not track.state.over:
                at = max(0.0, piece.at_ms + offset)
                track.say(piece.text, at)
                self._council.say(piece.member, piece.text, piece.logprobs, at)

    def _apply(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self.strategy, self.execution, self.deadline_s = event.strategy, event.execution, event.deadline_s
                self._tracks = {member.id: self._tracks.get(member.id) or self._track(member) for member in event.members}
                self._standing_by = {member.id: member for member in event.standing_by}
            case events.MemberStarted():
                if event.member in self._standing_by:
                    self._tracks[event.member] = self._track(self._standing_by.pop(event.member))
                self._tracks[event.member].start(self._now())
            case events.MemberWaiting():
                self._tracks[event.member].wait(event.reason)
            case events.MemberDelta():
                self._say((Piece(event.member, event.text, event.logprobs, self._now()),), 0.0)
            case events.MemberRetried():
                self._tracks[event.member].retry(event.attempt, event.reason, self._council.restart(event.member))
            case events.MemberReplaced():
                self._tracks[event.member].replaced(self._label(event.by))
            case events.MemberFinished():
                self._answer(self._tracks[event.member], event.candidate)
            case events.MemberFailed():
                self._tracks[event.member].drop(event.candidate, self._now())
                self._council.drop(event.member)
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

    def _answer(self, track: Track, candidate: Candidate) -> None:
        if track.length == 0 and candidate.answer is not None:  # it was not streamed
            self._council.say(track.member.id, candidate.answer.text, (), self._now())
        track.answer(candidate, self._now())
        self._council.finish(track.member.id)

    def _label(self, member: str) -> str:
        known = self._standing_by.get(member)
        track = self._tracks.get(member)
        return known.label if known is not None else track.member.label if track is not None else member

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
        reading = self._council.reading()
        moments: tuple[Moment, ...] = ()
        anew = False
        if cursor is not None:
            anew = cursor.minutes[0] != self._minutes.turn
            moments = self._minutes.since(*cursor.minutes)
            cursor.minutes = (self._minutes.turn, len(self._minutes))
        return Frame(
            state=self._state,
            elapsed_ms=now,
            answered=sum(track.state.good for track in self._tracks.values()),
            energy=self._council.energy(now),
            members=frames,
            more=behind,
            message=self.failure.message if self.failure else "",
            diversity=reading.diversity if reading.measured else None,
            agreement=reading.agreement,
            resonance=reading.resonance.value,
            synced=self._council.synced,
            held=self._held,
            minuted=self._minutes.members if moments else (),
            moments=moments,
            anew=anew,
        )
