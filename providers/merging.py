"""Merges what several members stream into frames of one clock: bounded buffers, fast members held back, lag watched (SPEC §8)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

FRAMES_PER_SECOND = 60.0
CAPACITY = 64
"""Pieces of one member that wait for a frame; at 60 frames a second this lets 3,840 a second through."""

LAG_MS = 50.0
"""How far the members' pieces of one frame may be apart."""

LATE_FRAMES = 3
"""So many frames in a row that lag break the sync: the members stream on, each for itself."""

CALM_FRAMES = 60
"""So many frames in a row without lag bring it back."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text with the member who said it. `at_ms` is when it came, on the clock of the frames."""

    member: str
    text: str
    logprobs: tuple[float, ...]
    at_ms: float


@dataclass(frozen=True, slots=True)
class Batch:
    """One frame: what came since the last one, in order. `lag_ms` is how far the oldest waiting pieces of the members are apart.

    Without `synced` the members are too far apart to be compared, and pieces pass as they come. `held` members wait for room.
    """

    number: int
    at_ms: float
    pieces: tuple[Piece, ...]
    lag_ms: float
    synced: bool
    held: tuple[str, ...] = ()


class Buffers:
    """What waits for the next frame, a bounded queue a member. Pure: times are arguments, in milliseconds."""

    def __init__(self, capacity: int = CAPACITY):
        self.capacity = max(1, capacity)
        self._waiting: dict[str, deque[Piece]] = {}
        self._held: set[str] = set()
        self._number = self._late = self._calm = 0
        self.synced = True

    def __len__(self) -> int:
        """Return how many pieces wait."""
        return sum(len(queue) for queue in self._waiting.values())

    def offer(self, piece: Piece) -> bool:
        """Take a piece in; False when this member has too many waiting and must be held back."""
        queue = self._waiting.setdefault(piece.member, deque())
        if len(queue) >= self.capacity:
            self._held.add(piece.member)
            return False
        queue.append(piece)
        return True

    def has_room(self, member: str) -> bool:
        """Tell whether this member may go on."""
        return len(self._waiting.get(member, ())) < self.capacity

    def take(self, member: str) -> tuple[Piece, ...]:
        """Take out what waits of one member, which is about to end or to start over."""
        return tuple(self._waiting.pop(member, ()))

    def drain(self, now: float) -> Batch:
        """Return all that waits as one frame, in the order in which it came."""
        queues = [queue for queue in self._waiting.values() if queue]
        ages = [now - queue[0].at_ms for queue in queues]
        lag = max(ages) - min(ages) if len(ages) > 1 else 0.0
        self._judge(lag)
        pieces = sorted((piece for queue in queues for piece in queue), key=lambda piece: piece.at_ms)
        for queue in queues:
            queue.clear()
        held, self._held = tuple(sorted(self._held)), set()
        self._number += 1
        return Batch(self._number, now, tuple(pieces), lag, self.synced, held)

    def _judge(self, lag: float) -> None:
        if lag > LAG_MS:
            self._late, self._calm = self._late + 1, 0
            if self._late >= LATE_FRAMES:
                self.synced = False
        else:
            self._late, self._calm = 0, self._calm + 1
            if self._calm >= CALM_FRAMES:
                self.synced = True


class Merger:
    """Puts members' pieces into frames, at most `rate` a second. Belongs to the loop that uses it.

    Who says something awaits `say`, which returns once there is room; who watches iterates. The first piece after a pause makes
    a frame at once. A watcher that is slow holds the members back, for there is no other place where their text could wait.
    """

    def __init__(self, rate: float = FRAMES_PER_SECOND, *, capacity: int = CAPACITY, clock: Callable[[], float] = time.monotonic):
        self._period = 1.0 / rate
        self._clock = clock
        self._buffers = Buffers(capacity)
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = False

    async def say(self, member: str, text: str, logprobs: tuple[float, ...] = ()) -> None:
        """Put in a piece; waits while this member has too many in the buffer."""
        piece = Piece(member, text, logprobs, self._clock() * 1000)
        while not self._buffers.offer(piece):
            if self._ended:
                return
            self._room.clear()
            await self._room.wait()
        self._news.set()

    def take(self, member: str) -> tuple[Piece, ...]:
        """Take out what waits of one member, so that its end or its new start comes after its last piece."""
        return self._buffers.take(member)

    def rest(self) -> tuple[Piece, ...]:
        """Take out all that waits, in order."""
        return self._buffers.drain(self._clock() * 1000).pieces

    def end(self) -> None:
        """No more will be said: the iteration ends after what is left, and nobody is held back."""
        self._ended = True
        self._news.set()
        self._room.set()

    async def __aiter__(self) -> AsyncIterator[Batch]:
        """Yield frames until `end`; between two of them lies a period at least, unless sync is lost."""
        last = -self._period
        while True:
            await self._news.wait()
            wait = last + self._period - self._clock()
            if wait > 0 and self._buffers.synced and not self._ended:
                await asyncio.sleep(wait)
            self._news.clear()
            if self._ended:
                self._news.set()
            last = self._clock()
            if len(self._buffers):
                yield self._buffers.drain(last * 1000)
                self._room.set()
            elif self._ended:
                return


def texts(pieces: Iterable[Piece]) -> dict[str, str]:
    """Return the text of each member in these pieces."""
    said: dict[str, list[str]] = {}
    for piece in pieces:
        said.setdefault(piece.member, []).append(piece.text)
    return {member: "".join(parts) for member, parts in said.items()}
