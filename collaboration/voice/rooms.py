"""The voice rooms of this process: who is in which, who speaks, and the beat that mixes for each what the others say.

A room is there while somebody is in it. What carries the sound is imported with the first join, so that nobody else waits for it.
Everything here runs on one loop; `people` and `watch` may be called from any thread.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collaboration.voice.calls import Call

MOST = 10
"""People in one room."""
MOST_CALLS = 60
"""Calls of all rooms together, which is what a process of this kind can mix (docs/collaboration.md has the figure for one)."""
LOOK_FRAMES = 5
"""Frames between two looks at who is here and speaks: ten a second."""
TAIL_FRAMES = 15
"""Frames of silence sent after the last sound, then nothing is sent until somebody speaks."""
LATE_S = 0.2
CLOSE_S = 5.0
log = logging.getLogger(__name__)


class OfferError(Exception):
    """What the browser offered cannot become a call; the sentence is for its page."""


class RoomError(Exception):
    """The room takes nobody more; the sentence is for the page."""


@dataclass(frozen=True, slots=True)
class Relay:
    """A STUN or TURN server as the operator set it; the credential is a secret."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a voice room as everybody in the session may see it. `level` is the loudness now, from 0 to 4."""

    id: str
    name: str
    speaks: bool
    muted: bool
    connected: bool
    speaking: bool
    level: int


@dataclass(slots=True, eq=False)
class Seat:
    """A person's place in a room. `allowed` is asked again and again: once it says no, the call ends."""

    session: str
    id: str
    name: str
    speaks: bool
    allowed: Callable[[], bool]
    ended: Callable[[str], None]
    call: Call
    muted: bool = False
    over: bool = False
    tail: int = 0

    def seen(self) -> Person:
        """Return how the others see it."""
        ear = self.call.ear
        speaking = ear.speaking and not self.muted
        return Person(self.id, self.name, self.speaks, self.muted, self.call.connected, speaking, ear.level if speaking else 0)


@dataclass(slots=True, eq=False)
class _Room:
    seats: list[Seat] = field(default_factory=list)
    beat: asyncio.Task[None] | None = None


class Rooms:
    """All voice rooms by their session's id. `relays` are the servers that help to connect, none by default."""

    def __init__(self, relays: Callable[[], Sequence[Relay]] = tuple, most: int = MOST, most_calls: int = MOST_CALLS):
        self._relays, self._most, self._most_calls = relays, most, most_calls
        self._rooms: dict[str, _Room] = {}
        self._people: dict[str, tuple[Person, ...]] = {}
        self._watchers: dict[str, set[Callable[[], None]]] = {}
        self._lock = threading.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return how many rooms somebody is in."""
        return len(self._rooms)

    def people(self, session: str) -> tuple[Person, ...]:
        """Return who is in the session's voice room, first come first."""
        return self._people.get(session, ())

    def watch(self, session: str, changed: Callable[[], None]) -> Callable[[], None]:
        """Have `changed` called whenever `people` is another; it must not take long. Returns the way to stop."""
        with self._lock:
            self._watchers.setdefault(session, set()).add(changed)

        def stop() -> None:
            with self._lock:
                watching = self._watchers.get(session, set())
                watching.discard(changed)
                if not watching:
                    self._watchers.pop(session, None)

        return stop

    async def join(
        self,
        session: str,
        person: str,
        name: str,
        offer: str,
        *,
        speaks: bool,
        allowed: Callable[[], bool],
        ended: Callable[[str], None],
        muted: bool = False,
    ) -> tuple[Seat, str]:
        """Take a browser's offer and give it a place; returns that and the answer. Whoever is there already moves here.

        `ended` is called, once, with the reason in words when the call ends for another reason than `leave`.
        Raises RoomError where there is no place or no right to it, OfferError where the offer is no use.
        """
        from collaboration.voice.calls import Call

        room = self._rooms.setdefault(session, _Room())
        before = [seat for seat in room.seats if seat.id == person]
        if not allowed():
            self._forget(session)
            raise RoomError("You are not in this session.")
        if len(room.seats) - len(before) >= self._most:
            raise RoomError(f"The voice room is full: {self._most} people are in it.")
        if sum(len(one.seats) for one in self._rooms.values()) - len(before) >= self._most_calls:
            self._forget(session)
            raise RoomError(f"This app carries {self._most_calls} calls already. Try again once somebody has left.")
        seat: Seat

        def over(why: str) -> None:
            self._end(seat, why)

        seat = Seat(session, person, name, speaks, allowed, ended, Call(self._relays(), over))
        room.seats.append(seat)  # the place is taken before the first wait: of many who come at once none is one too many
        for other in before:
            self._end(other, "You joined voice in another tab.")
        self.mute(seat, muted)
        if room.beat is None:
            room.beat = asyncio.create_task(self._beat(session, room))
        try:
            answer = await seat.call.answer(offer)
        except BaseException:
            await self.leave(seat)
            raise
        if seat.over:
            raise RoomError("You are no longer in the voice room.")
        return seat, answer

    def mute(self, seat: Seat, muted: bool) -> None:
        """Hear the person, or not; somebody who only listens is never heard."""
        seat.muted = muted
        seat.call.mute(muted or not seat.speaks)

    async def leave(self, seat: Seat) -> None:
        """End a call and free what it held; nothing happens when it has ended."""
        if self._out(seat):
            await _closed(seat.call)

    async def close(self) -> None:
        """End all calls, at shutdown."""
        for seat in [seat for room in self._rooms.values() for seat in room.seats]:
            self._end(seat, "The app is being stopped.")
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSE_S)

    def _end(self, seat: Seat, why: str) -> None:
        """End a call that its page did not end, and tell the page why."""
        if self._out(seat):
            task = asyncio.create_task(_closed(seat.call))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            seat.ended(why)

    def _out(self, seat: Seat) -> bool:
        """Take the person out of the room, and away with it once nobody is left; False where that was done."""
        if seat.over:
            return False
        seat.over = True
        room = self._rooms[seat.session]
        room.seats.remove(seat)
        self._forget(seat.session)
        self._look(seat.session)
        return True

    def _forget(self, session: str) -> None:
        room = self._rooms.get(session)
        if room is not None and not room.seats:
            del self._rooms[session]
            if room.beat is not None:
                room.beat.cancel()

    async def _beat(self, session: str, room: _Room) -> None:
        """Mix a frame every 20 ms; a loop that was held up goes on from now and does not catch up."""
        from collaboration.voice.mixer import FRAME, FRAME_S

        loop = asyncio.get_running_loop()
        due, number = loop.time(), 0
        while True:
            due += FRAME_S
            late = loop.time() - due
            if late > LATE_S:
                skipped = int(late / FRAME_S)
                due, number = due + skipped * FRAME_S, number + skipped
            await asyncio.sleep(max(0.0, due - loop.time()))
            number += 1
            if number % LOOK_FRAMES == 0:
                for seat in [seat for seat in room.seats if not seat.allowed()]:
                    self._end(seat, "You are no longer in this session.")
                self._look(session)
            try:
                _mix(room.seats, number * FRAME)
            except Exception:
                log.exception("a frame of a voice room could not be mixed")

    def _look(self, session: str) -> None:
        """Tell the watchers where somebody came, left, was muted, or speaks."""
        room = self._rooms.get(session)
        now = tuple(seat.seen() for seat in room.seats) if room is not None else ()
        if now == self._people.get(session, ()):
            return
        if now:
            self._people[session] = now
        else:
            self._people.pop(session, None)
        with self._lock:
            watching = tuple(self._watchers.get(session, ()))
        for changed in watching:
            changed()


def _mix(seats: Sequence[Seat], at: int) -> None:
    """Give everybody the next frame of what the others say, and nothing while the others are silent."""
    from collaboration.voice.mixer import mixed, silence

    said: dict[Any, Any] = {}
    for seat in seats:
        frame = seat.call.ear.take()
        if frame is not None:
            said[seat] = frame
    heard = mixed(said)
    for seat in seats:
        frame = heard.get(seat) if seat in said else heard.get(None)
        seat.tail = TAIL_FRAMES if frame is not None else max(0, seat.tail - 1)
        if frame is not None or seat.tail:
            seat.call.say(frame if frame is not None else silence(), at)


async def _closed(call: Call) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await call.close()
