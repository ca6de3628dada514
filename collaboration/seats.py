"""Connections as the core sees them: a seat with its rates and its cursor, and the gathering of the seats of one room."""

from __future__ import annotations

from typing import Any, Protocol

from collaboration.limits import Limits
from collaboration.messages import frame, pack
from collaboration.rooms import Op, Room


class Wire(Protocol):
    """What a shell gives for one connection. `write` takes framed bytes and never blocks; `backlog` tells how many are unsent."""

    def write(self, data: bytes, /) -> Any:
        """Send framed bytes."""

    def backlog(self) -> int:
        """Count what is unsent."""

    def close(self, code: int, reason: str) -> None:
        """Send what is pending and a close frame."""

    def abort(self) -> None:
        """Drop the connection at once."""


class Bucket:
    """A rate with a burst. `take` returns 0.0 where one more may pass, else the seconds to wait."""

    __slots__ = ("burst", "left", "rate", "seen")

    def __init__(self, rate: float, burst: float, now: float):
        self.rate, self.burst, self.left, self.seen = rate, burst, float(burst), now

    def take(self, now: float) -> float:
        """Take one, if there is one."""
        left = self.left + (now - self.seen) * self.rate
        self.seen = now
        if left > self.burst:
            left = self.burst
        if left >= 1.0:
            self.left = left - 1.0
            return 0.0
        self.left = left
        return (1.0 - left) / self.rate


class Seat:
    """One connection. It takes part once `gathering` is set; `cursor` is the last op it was sent while it reads too slowly, else None."""

    __slots__ = (
        "abort",
        "app",
        "backlog",
        "close",
        "cursor",
        "frames",
        "gathering",
        "joining",
        "lost",
        "ops",
        "packs",
        "person",
        "progress",
        "progress_at",
        "strikes",
        "write",
    )

    def __init__(self, wire: Wire, packs: bool, limits: Limits, now: float):
        self.write, self.backlog, self.close, self.abort = wire.write, wire.backlog, wire.close, wire.abort
        self.packs = packs
        self.frames = Bucket(limits.frames_per_s, limits.frames_burst, now)
        self.ops = self.frames
        self.person = ""
        self.app = False
        self.joining = self.lost = False
        self.gathering: Gathering | None = None
        self.cursor: int | None = None
        self.progress, self.progress_at = 0, now
        self.strikes = 0

    def send(self, payload: bytes) -> None:
        """Frame and write one message for this seat alone."""
        self.write(frame(payload))


class Gathering:
    """The seats of one room on this node, and what is known of its participants beside the log: presence and held places."""

    __slots__ = (
        "announced",
        "buckets",
        "changed",
        "expected",
        "heard",
        "held",
        "limits",
        "ownerless_at",
        "presence",
        "room",
        "seats",
        "started",
        "touched",
    )

    def __init__(self, room: Room, limits: Limits, now: float):
        self.room = room
        self.limits = limits
        self.seats: list[Seat] = []
        self.presence: dict[str, dict[str, Any]] = {}
        self.changed: set[str] = set()
        self.held: dict[str, float] = {}
        self.heard: dict[str, float] = {}
        self.expected = 0
        """Connections whose join is being decided."""
        self.buckets: dict[tuple[str, bool], Bucket] = {}
        self.started = self.touched = self.announced = now
        self.ownerless_at: float | None = None

    def bucket(self, person: str, app: bool, now: float) -> Bucket:
        """Return the rate of a participant: all its tabs share one, the app that speaks for it has its own."""
        found = self.buckets.get((person, app))
        if found is None:
            found = self.buckets[person, app] = Bucket(self.limits.ops_per_s, self.limits.ops_burst, now)
        return found

    def seats_of(self, person: str) -> list[Seat]:
        """Return the connections of one participant."""
        return [seat for seat in self.seats if seat.person == person]

    def fan_out(self, op: Op, origin: Seat | None, now: float) -> int:
        """Write one op to everyone but its author's connection, framed and compressed once; returns how many became cursors."""
        payload, high = op.payload, self.limits.high_bytes
        plain, packed = frame(payload), b""
        large, lagging = len(payload) >= self.limits.packed_bytes, 0
        for seat in self.seats:
            if seat is origin or seat.cursor is not None:
                continue
            try:
                if large and seat.packs:
                    packed = packed or frame(pack(payload), packed=True)
                    seat.write(packed)
                else:
                    seat.write(plain)
            except RuntimeError:
                # a transport that is being closed; the others must not miss the op for it
                seat.abort()
                continue
            if seat.backlog() > high:
                seat.cursor = op.seq
                seat.progress, seat.progress_at = seat.backlog(), now
                lagging += 1
        return lagging

    def tell(self, payload: bytes) -> None:
        """Write a message outside the sequence to everyone who keeps up; the others do without."""
        plain = frame(payload)
        for seat in self.seats:
            if seat.cursor is None:
                seat.write(plain)

    def catch_up(self, seat: Seat) -> bool:
        """Go on from the seat's cursor: from the ring, or with one snapshot where the ring has moved on. True when it sent a snapshot."""
        room, cursor, snapshots = self.room, seat.cursor, False
        if cursor is None:
            return False
        if not room.covers(cursor):
            self._send(seat, room.snapshot())
            cursor, snapshots = room.seq, True
        else:
            for op in room.after(cursor):
                self._send(seat, op.payload)
                cursor = op.seq
                if seat.backlog() > self.limits.high_bytes:
                    break
        seat.cursor = None if cursor == room.seq and seat.backlog() <= self.limits.high_bytes else cursor
        return snapshots

    def _send(self, seat: Seat, payload: bytes) -> None:
        if seat.packs and len(payload) >= self.limits.packed_bytes:
            seat.write(frame(pack(payload), packed=True))
        else:
            seat.write(frame(payload))
