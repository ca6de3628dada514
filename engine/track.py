"""One member of a live run: its state, its text, its pace and how sure it is, and what a watcher lacks of it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from enum import StrEnum

from providers.council import Pulse
from providers.records import Candidate, Member, Status

MAX_TEXT = 2 * 1024 * 1024
"""Characters kept of one member's text; what follows is dropped and the view says so."""

MAX_CHUNK = 64 * 1024
"""Characters of one member's text in one frame; a watcher that is behind catches up over several frames."""

FROM_CACHE = "From the cache: you asked this member exactly the same before."


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


@dataclass(slots=True)
class Cursor:
    """How much of each member's text a watcher has: (attempt, characters), and of the minutes. A new watcher starts with an empty one."""

    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    minutes: tuple[int, int] = (-1, 0)


class Track:
    """One member's part: its text and its clock; its pace and its energy are its `pulse` in the council."""

    def __init__(self, member: Member, pulse: Pulse):
        self.member = member
        self.pulse = pulse
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

    def start(self, now: float) -> None:
        """The call was made; `now` is milliseconds since the run's start, here and below."""
        self.state = MemberState.ASKED
        if self.begun_ms is None:
            self.begun_ms = now

    def wait(self, reason: str) -> None:
        """The call waits for its turn; with an empty reason it is made now."""
        self.state = MemberState.WAITING if reason else MemberState.ASKED
        self.reason = reason

    def say(self, text: str, now: float) -> None:
        """A piece of text came."""
        if self.begun_ms is None:
            self.begun_ms = now
        self.state = MemberState.ANSWERING
        taken = text[: MAX_TEXT - self.length]
        self.cut = self.cut or len(taken) < len(text)
        self.text.seek(0, io.SEEK_END)
        self.text.write(taken)
        self.length += len(taken)

    def retry(self, attempt: int, reason: str, pulse: Pulse) -> None:
        """The attempt is void; another one begins, with a pulse of its own."""
        self._clear()
        self.pulse = pulse
        self.attempt += 1
        self.state = MemberState.RETRYING
        self.reason = f"attempt {attempt}: {reason}"

    def answer(self, candidate: Candidate, now: float) -> None:
        """The answer is complete; one that was not streamed is taken whole."""
        self.candidate = candidate
        self.reason = FROM_CACHE if candidate.answer is not None and candidate.answer.cached else ""
        if self.length == 0 and candidate.answer is not None:
            self.say(candidate.answer.text, now)
        counted = candidate.answer.usage.output_tokens if candidate.answer else None
        if counted is not None:
            self.pulse.counted(float(counted))
        self.finish(MemberState.ANSWERED, now)

    def drop(self, candidate: Candidate, now: float) -> None:
        """The member failed, was skipped or was cancelled."""
        self.candidate = candidate
        error = candidate.error
        self.reason = f"{error.message} {error.advice}".strip() if error else ""
        words = {Status.SKIPPED: MemberState.SKIPPED, Status.CANCELLED: MemberState.STOPPED}
        self.finish(words.get(candidate.status, MemberState.FAILED), now)

    def replaced(self, by: str) -> None:
        """Another member was asked in its place."""
        self.reason = f"{self.reason} {by} answers instead.".strip()

    def judge(self, candidate: Candidate) -> None:
        """The answer was judged."""
        self.candidate = candidate
        if self.state.good:
            self.state = MemberState.JUDGED

    def finish(self, state: MemberState, now: float) -> None:
        """Nothing more will come."""
        self.state = state
        self.ended_ms = now

    def seen_by(self, cursor: Cursor) -> bool:
        """Tell whether this watcher has all of the text."""
        return cursor.seen.get(self.member.id, (0, 0)) == (self.attempt, self.length)

    def frame(self, now: float, cursor: Cursor | None) -> MemberFrame:
        """Return the member at this instant with the text this watcher lacks, and move its cursor on; without one, no text."""
        text, reset = "", False
        if cursor is not None:
            known = cursor.seen.get(self.member.id)
            reset = known is None or known[0] != self.attempt
            offset = 0 if known is None or reset else known[1]
            self.text.seek(offset)
            text = self.text.read(MAX_CHUNK)
            cursor.seen[self.member.id] = (self.attempt, offset + len(text))
        end = self.ended_ms if self.ended_ms is not None else now
        return MemberFrame(
            id=self.member.id,
            state=self.state,
            elapsed_ms=max(0.0, end - self.begun_ms) if self.begun_ms is not None else 0.0,
            tokens=round(self.pulse.tokens),
            exact=self.pulse.exact,
            rate=self.pulse.rate(now, over=self.state.over),
            energy=self.pulse.energy(now, over=self.state.over),
            text=text,
            reset=reset,
            cut=self.cut,
            reason=self.reason,
            score=self.candidate.score if self.candidate else None,
        )
