"""A run while it happens: what every member has said so far, how fast and how sure, handed safely to whoever watches."""

from __future__ import annotations

import io
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from providers import events
from providers.records import Candidate, Member, Status, Verdict

MAX_TEXT = 2 * 1024 * 1024
"""Characters kept of one member's text; what follows is dropped and the view says so."""

MAX_CHUNK = 64 * 1024
"""Characters of one member's text in one frame; a watcher that is behind catches up over several frames."""

RATE_WINDOW_S = 1.0
SHORTEST_STREAM_S = 0.05
"""A stream shorter than this has no rate worth showing: the whole text came at once."""

RECENT_TOKENS = 64


class RunState(StrEnum):
    """How far a run is."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


class MemberState(StrEnum):
    """What a member is doing, as a word for the page."""

    WAITING = "waiting"
    ASKED = "asked"
    ANSWERING = "answering"
    RETRYING = "retrying"
    ANSWERED = "answered"
    JUDGED = "judged"
    FAILED = "failed"
    SKIPPED = "skipped"
    STOPPED = "stopped"

    @property
    def over(self) -> bool:
        """Tell whether nothing more will come from the member."""
        return self not in (MemberState.WAITING, MemberState.ASKED, MemberState.ANSWERING, MemberState.RETRYING)

    @property
    def good(self) -> bool:
        """Tell whether the member gave an answer."""
        return self in (MemberState.ANSWERED, MemberState.JUDGED)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run gave no verdict: the error's name, a safe sentence, what each member gave."""

    kind: str
    message: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFrame:
    """A member at one instant. `text` continues what the watcher has, or replaces it when `reset`.

    `rate` is tokens a second (`exact` where the vendor counts them, else four characters a token), `energy` 0..1; both
    None while unknown. Times are milliseconds of this member's own call.
    """

    id: str
    state: MemberState
    elapsed_ms: float
    tokens: int
    exact: bool
    rate: float | None
    energy: float | None
    text: str
    reset: bool
    cut: bool
    reason: str = ""
    score: float | None = None


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


@dataclass(slots=True)
class Cursor:
    """How much of each member's text a watcher has: (attempt, characters). A new watcher starts with an empty one."""

    seen: dict[str, tuple[int, int]] = field(default_factory=dict)


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
        self._tracks: dict[str, _Track] = {member.id: _Track(member) for member in members}
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
                self._tracks = {member.id: self._tracks.get(member.id) or _Track(member) for member in event.members}
                self._standing_by = {member.id: member for member in event.standing_by}
            case events.MemberStarted():
                if event.member in self._standing_by:
                    self._tracks[event.member] = _Track(self._standing_by.pop(event.member))
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


class _Track:
    """One member's part: its text, its clock, its pace."""

    def __init__(self, member: Member):
        self.member = member
        self.state = MemberState.WAITING
        self.candidate: Candidate | None = None
        self.reason = ""
        self.attempt = 0
        self.begun_ms: float | None = None
        self.ended_ms: float | None = None
        self._clear()

    def _clear(self) -> None:
        self.text = io.StringIO(newline="")
        self.length = 0
        self.cut = False
        self.tokens = 0.0
        self.exact = False
        self.first_ms: float | None = None
        self.last_ms = 0.0
        self.best = 0.0
        self.recent: deque[tuple[float, float]] = deque(maxlen=256)
        self.sure: deque[float] = deque(maxlen=RECENT_TOKENS)

    def start(self, now: float) -> None:
        self.state = MemberState.ASKED
        if self.begun_ms is None:
            self.begun_ms = now

    def say(self, text: str, logprobs: tuple[float, ...], now: float) -> None:
        if self.state.over:
            return
        if self.begun_ms is None:
            self.begun_ms = now
        self.state = MemberState.ANSWERING
        self.first_ms = now if self.first_ms is None else self.first_ms
        self.last_ms = now
        taken = text[: MAX_TEXT - self.length]
        self.cut = self.cut or len(taken) < len(text)
        self.text.seek(0, io.SEEK_END)
        self.text.write(taken)
        self.length += len(taken)
        self.exact = self.exact or bool(logprobs)
        tokens = float(len(logprobs)) if logprobs else len(text) / 4
        self.tokens += tokens
        self.sure.extend(math.exp(min(0.0, value)) for value in logprobs)
        if self.recent and now - self.recent[-1][0] < 20:
            at, counted = self.recent.pop()
            self.recent.append((at, counted + tokens))
        else:
            self.recent.append((now, tokens))
        if now - self.first_ms >= RATE_WINDOW_S * 500:
            self.best = max(self.best, self._pace(now))

    def retry(self, attempt: int, reason: str) -> None:
        self._clear()
        self.attempt += 1
        self.state = MemberState.RETRYING
        self.reason = f"attempt {attempt}: {reason}"

    def answer(self, candidate: Candidate, now: float) -> None:
        self.candidate = candidate
        self.reason = ""
        if self.length == 0 and candidate.answer is not None:
            self.say(candidate.answer.text, (), now)
        counted = candidate.answer.usage.output_tokens if candidate.answer else None
        if counted is not None:
            self.tokens, self.exact = float(counted), True
        self.finish(MemberState.ANSWERED, now)

    def drop(self, candidate: Candidate, now: float) -> None:
        self.candidate = candidate
        error = candidate.error
        self.reason = f"{error.message} {error.advice}".strip() if error else ""
        words = {Status.SKIPPED: MemberState.SKIPPED, Status.CANCELLED: MemberState.STOPPED}
        self.finish(words.get(candidate.status, MemberState.FAILED), now)

    def judge(self, candidate: Candidate) -> None:
        self.candidate = candidate
        if self.state.good:
            self.state = MemberState.JUDGED

    def finish(self, state: MemberState, now: float) -> None:
        self.state = state
        self.ended_ms = now

    def seen_by(self, cursor: Cursor) -> bool:
        return cursor.seen.get(self.member.id, (0, 0)) == (self.attempt, self.length)

    def frame(self, now: float, cursor: Cursor | None) -> MemberFrame:
        text, reset = "", False
        if cursor is not None:
            known = cursor.seen.get(self.member.id)
            reset = known is None or known[0] != self.attempt
            offset = 0 if known is None or reset else known[1]
            self.text.seek(offset)
            text = self.text.read(MAX_CHUNK)
            cursor.seen[self.member.id] = (self.attempt, offset + len(text))
        end = self.ended_ms if self.ended_ms is not None else now
        rate = self._rate(now)
        return MemberFrame(
            id=self.member.id,
            state=self.state,
            elapsed_ms=max(0.0, end - self.begun_ms) if self.begun_ms is not None else 0.0,
            tokens=round(self.tokens),
            exact=self.exact,
            rate=rate,
            energy=self._energy(rate),
            text=text,
            reset=reset,
            cut=self.cut,
            reason=self.reason,
            score=self.candidate.score if self.candidate else None,
        )

    def _pace(self, now: float) -> float:
        """Tokens a second over the last window."""
        since = now - RATE_WINDOW_S * 1000
        span = min(RATE_WINDOW_S, max((now - (self.first_ms or now)) / 1000, SHORTEST_STREAM_S))
        return sum(tokens for at, tokens in self.recent if at >= since) / span

    def _rate(self, now: float) -> float | None:
        """The pace while text comes, the mean over the stream once it ended; None where there was no stream to speak of."""
        if self.first_ms is None:
            return None
        if not self.state.over:
            return self._pace(now) if now - self.first_ms >= SHORTEST_STREAM_S * 1000 else None
        span = (self.last_ms - self.first_ms) / 1000
        return self.tokens / span if span >= SHORTEST_STREAM_S else None

    def _energy(self, rate: float | None) -> float | None:
        """Mean probability of the latest tokens where known, otherwise the rate against this member's own best (SPEC §8)."""
        if self.sure:
            return sum(self.sure) / len(self.sure)
        if rate is None:
            return None
        best = max(self.best, rate)
        return rate / best if best > 0 else None
