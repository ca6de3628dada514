"""A hub in memory with a clock that the test turns, and connections that keep what they are sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from collaboration import tokens
from collaboration.limits import Limits
from collaboration.memory import Memory
from collaboration.protocol import Hub

SECRET = b"s" * 32
SESSION = "a-session-nobody-guesses"


def unframed(data: bytes) -> bytes:
    """Take the payload out of one frame as a server sends it."""
    size = data[1]
    return data[{126: 4, 127: 10}.get(size, 2) :]


class Line:
    """A connection: what was written to it, and whether it still reads."""

    def __init__(self, hub: Hub, clock: Clock):
        self.clock, self.hub = clock, hub
        self.inbox: list[dict[str, Any]] = []
        self.unsent: list[bytes] = []
        self.reads = True
        self.closed: int | None = None
        self.aborted = False
        self.seat = hub.seat(self, packs=False, now=clock.now)

    def write(self, data: bytes, /) -> None:
        assert self.closed is None
        if self.reads:
            self.inbox.append(orjson.loads(unframed(data)))
        else:
            self.unsent.append(data)

    def backlog(self) -> int:
        return sum(map(len, self.unsent))

    def close(self, code: int, reason: str) -> None:
        self.closed = code
        assert len(reason.encode()) <= 123, "a close frame holds no more"

    def abort(self) -> None:
        self.aborted = True
        self.drop()

    def drop(self) -> None:
        """The connection is lost."""
        self.closed = self.closed or 1006
        self.hub.gone(self.seat, self.clock.now)

    def read_on(self) -> None:
        """Read again, beginning with what waited."""
        self.reads = True
        waiting, self.unsent = self.unsent, []
        for data in waiting:
            self.write(data)

    def say(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """Send a message; returns what this connection was sent in answer."""
        return self.raw(orjson.dumps({"type": kind, **fields}))

    def raw(self, data: bytes) -> list[dict[str, Any]]:
        before = len(self.inbox)
        self.hub.receive(self.seat, data, self.clock.now, self.clock.at, fresh=f"epoch{next(self.clock.numbers)}")
        return self.inbox[before:]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.inbox if message["type"] == kind]


class Clock:
    """Turned by the test."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.numbers = itertools.count(1)

    @property
    def at(self) -> int:
        return int(1_796_000_000_000 + self.now * 1000)


class House:
    """A hub over memory, and people who join it."""

    def __init__(self, limits: Limits | None = None):
        self.clock = Clock()
        self.limits = limits or Limits()
        self.backplane = Memory(self.limits, lambda: self.clock.now)
        self.hub = Hub(SECRET, self.limits, self.backplane)
        self.backplane.hub = self.hub

    def token(self, person: str, role: str = "editor", session: str = SESSION, create: bool = False, app: bool = False) -> str:
        granted = tokens.Pass(session, person, person.title(), role, "Payments", create, app)
        return tokens.mint(SECRET, granted, self.clock.at / 1000, f"nonce{next(self.clock.numbers)}")

    def line(self) -> Line:
        return Line(self.hub, self.clock)

    def join(self, person: str, role: str = "editor", resume: tuple[str, int] | None = None, **options: Any) -> Line:
        line = self.line()
        more = {"resume": {"epoch": resume[0], "seq": resume[1]}} if resume else {}
        line.say("hello", token=self.token(person, role, **{"create": role == "owner", **options}), **more)
        return line

    def wait(self, seconds: float) -> None:
        """Let time pass, with the ticks that come in it."""
        for _ in range(int(seconds)):
            self.clock.now += 1
            self.hub.drain(self.clock.now)
            self.hub.tick(self.clock.now, self.clock.at)
            self.hub.flush()


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def make_house() -> Callable[..., House]:
    return lambda **limits: House(Limits(**limits))
