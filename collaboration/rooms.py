"""A session's room: its state, the one sequence of its ops, its members, and the decision whether a change may be made."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import orjson

from collaboration import messages
from collaboration.keys import EDITOR, MEMBER, OWNER, REMOVED, SESSION, is_stored
from collaboration.limits import Limits

GONE = b"null"
"""The value of a deletion."""


class Op(NamedTuple):
    """A committed change. `payload` is the message every reader gets, encoded once."""

    seq: int
    key: str
    value: bytes
    by: str
    id: str
    at: int
    payload: bytes


class Change(NamedTuple):
    """One key of an asked change; `base` None: whatever its revision is."""

    key: str
    base: int | None
    value: bytes


class Ask(NamedTuple):
    """An asked change: all of its keys or none. `id` is idempotent for one author. `newcomer`: it makes its author a member."""

    by: str
    id: str
    changes: tuple[Change, ...]
    roles: frozenset[str] | None = None
    newcomer: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another change came first: what is there now."""

    key: str
    rev: int
    value: bytes
    by: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The change may not be made; `code` is for programs, `message` for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Again:
    """The change was committed before, as number `seq`: its author asks a second time."""

    seq: int


Outcome = list[Op] | Conflict | Refusal | Again


class Entry(NamedTuple):
    """The state of one key; its revision is the number of the op that wrote it."""

    rev: int
    value: bytes
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """A participant of the session; `since` is the number of the op that let it in, `rev` the one that wrote its role."""

    name: str
    role: str
    since: int
    rev: int


class Room:
    """One session in one incarnation (`epoch`). Not aware of connections, clocks or other processes."""

    def __init__(self, session: str, epoch: str, limits: Limits):
        self.session = session
        self.epoch = epoch
        self.limits = limits
        self.seq = 0
        self.state: dict[str, Entry] = {}
        self.state_bytes = 0
        self.ring: deque[Op] = deque()
        self.ring_bytes = 0
        self.members: dict[str, Member] = {}
        self.removed: set[str] = set()
        self.ids: dict[str, dict[str, int]] = {}

    @property
    def title(self) -> str:
        """Return the session's name."""
        return str(self._about().get("name", ""))

    @property
    def join_role(self) -> str:
        """Return the role a newcomer gets."""
        return str(self._about().get("join_role", EDITOR))

    @property
    def owner(self) -> str | None:
        """Return the owner, None while nobody is."""
        return next((person for person, member in self.members.items() if member.role == OWNER), None)

    def _about(self) -> dict[str, str]:
        entry = self.state.get(SESSION)
        return orjson.loads(entry.value) if entry is not None else {}

    def commit(self, ask: Ask, at: int) -> Outcome:
        """Decide and, where it may be made, make the change; `at` is wall-clock milliseconds."""
        seen = self.ids.get(ask.by)
        if seen is not None and (before := seen.get(ask.id)) is not None:
            return Again(before)
        refusal = self._forbidden(ask)
        if refusal is not None:
            return refusal
        size = self.state_bytes
        for change in ask.changes:
            entry = self.state.get(change.key)
            if change.base is not None and change.base != (entry.rev if entry is not None else 0):
                return self._conflict(change.key, entry)
            size += len(change.value) - (len(entry.value) if entry is not None else -len(change.key))
        # events leave no state, so a session whose state is full still talks, runs and deletes
        growing = size > self.limits.state_bytes and size > self.state_bytes
        if growing and any(is_stored(change.key) and change.value != GONE for change in ask.changes):
            return Refusal("full", f"The session holds {self.limits.state_bytes} bytes of state at most; delete something first.")
        ops = []
        for change in ask.changes:
            ops.append(self.apply(made(self.seq + 1, change.key, change.value, ask.by, ask.id, at)))
        return ops

    def _forbidden(self, ask: Ask) -> Refusal | None:
        member = self.members.get(ask.by)
        if ask.newcomer:
            if ask.by in self.removed:
                return Refusal("removed", "The owner removed you from this session.")
            if member is None and len(self.members) >= self.limits.participants:
                return Refusal("full", f"The session has {self.limits.participants} participants already.")
        elif ask.roles is not None and (member is None or member.role not in ask.roles):
            return Refusal("forbidden", f"Your role ({member.role if member else 'none'}) may not do this.")
        return None

    def _conflict(self, key: str, entry: Entry | None) -> Conflict:
        return Conflict(key, entry.rev, entry.value, entry.by) if entry is not None else Conflict(key, 0, GONE, "")

    def apply(self, op: Op) -> Op:
        """Record a committed op, the next in the sequence. Raises ValueError where it is not: a gap is never papered over."""
        if op.seq != self.seq + 1:
            raise ValueError(f"op {op.seq} does not follow {self.seq}")
        self.seq = op.seq
        if is_stored(op.key):
            old = self.state.get(op.key)
            if old is not None:
                self.state_bytes -= len(old.value) + len(op.key)
            if op.value == GONE:
                self.state.pop(op.key, None)
            else:
                self.state[op.key] = Entry(op.seq, op.value, op.by, op.at)
                self.state_bytes += len(op.value) + len(op.key)
            if op.key.startswith((MEMBER, REMOVED)):
                self._count(op)
        if op.id:
            seen = self.ids.setdefault(op.by, {})
            seen[op.id] = op.seq
            if len(seen) > self.limits.remembered_ids:
                del seen[next(iter(seen))]
        # the message is all that a replay needs; keeping the value beside it would cost its size again
        self.ring.append(Op(op.seq, op.key, b"", op.by, op.id, op.at, op.payload))
        self.ring_bytes += len(op.payload)
        while len(self.ring) > self.limits.ring_ops or self.ring_bytes > self.limits.ring_bytes:
            self.ring_bytes -= len(self.ring.popleft().payload)
        return op

    def _count(self, op: Op) -> None:
        if op.key.startswith(REMOVED):
            self.removed.add(op.key.removeprefix(REMOVED))
            return
        person = op.key.removeprefix(MEMBER)
        if op.value == GONE:
            self.members.pop(person, None)
            self.ids.pop(person, None)
            return
        value = orjson.loads(op.value)
        known = self.members.get(person)
        self.members[person] = Member(value["name"], value["role"], known.since if known else op.seq, op.seq)

    def restore(self, seq: int, state: dict[str, Entry], ops: list[Op]) -> None:
        """Take over a state that was kept elsewhere, with the latest ops for those who come back."""
        self.seq, self.state = seq, state
        self.state_bytes = sum(len(held.value) + len(key) for key, held in state.items())
        for key, held in state.items():
            if key.startswith((MEMBER, REMOVED)):
                self._count(Op(held.rev, key, held.value, held.by, "", held.at, b""))
        for op in ops:
            if op.seq > seq:
                break
            if self.ring and op.seq != self.ring[-1].seq + 1:
                self.ring.clear()
            self.ring.append(op)
            if op.id and op.by in self.members:
                self.ids.setdefault(op.by, {})[op.id] = op.seq
        if self.ring and self.ring[-1].seq != seq:
            self.ring.clear()
        self.ring_bytes = sum(len(op.payload) for op in self.ring)

    def covers(self, seq: int) -> bool:
        """Tell whether everything after `seq` can be replayed."""
        return seq == self.seq or (seq < self.seq and bool(self.ring) and self.ring[0].seq <= seq + 1)

    def after(self, seq: int) -> Iterator[Op]:
        """Yield the ops after `seq`, which the ring must cover."""
        return islice(self.ring, seq + 1 - self.ring[0].seq, None) if self.ring and seq < self.seq else iter(())

    def snapshot(self) -> bytes:
        """Encode the whole state and the latest events in one message."""
        recent = [op.payload for op in self.ring if not is_stored(op.key)][-self.limits.recent_events :]
        while recent and sum(map(len, recent)) > self.limits.message_bytes:
            recent = recent[len(recent) // 2 + 1 :]
        return messages.snapshot(self.epoch, self.seq, self.state, recent)


def made(seq: int, key: str, value: bytes, by: str, ident: str, at: int) -> Op:
    """Make an op with its message."""
    return Op(seq, key, value, by, ident, at, messages.op(seq, key, value, by, ident, at))


def member_value(name: str, role: str) -> bytes:
    """Encode a member's record."""
    return messages.kept({"name": name, "role": role})


def ask_join(room: Room, person: str, name: str, role: str, title: str, ident: str) -> Ask:
    """Ask for a place. The first one names the session; later ones get the role the owner chose for newcomers."""
    changes = [Change(MEMBER + person, 0, b"")]
    if not room.members and SESSION not in room.state:
        about = messages.kept({"name": title or "Session", "join_role": EDITOR})
        changes.append(Change(SESSION, 0, about))
    if role == OWNER and room.owner is not None:
        role = EDITOR
    changes[0] = Change(MEMBER + person, 0, member_value(name, role))
    return Ask(person, ident, tuple(changes), newcomer=True)


def ask_role(room: Room, by: str, who: str, role: str, ident: str) -> Ask | Refusal:
    """Ask to give a role; an owner that makes another one owner becomes an editor, so there is never a second."""
    member, giver = room.members.get(who), room.members.get(by)
    if member is None or giver is None:
        return Refusal("unknown", "Nobody of that id is in the session.")
    if who == by:
        return Refusal("forbidden", "An owner keeps its role until it makes another participant the owner.")
    changes = [Change(MEMBER + who, member.rev, member_value(member.name, role))]
    if role == OWNER:
        changes.append(Change(MEMBER + by, giver.rev, member_value(giver.name, EDITOR)))
    return Ask(by, ident, tuple(changes), frozenset({OWNER}))


def ask_remove(room: Room, by: str, who: str, ident: str) -> Ask | Refusal:
    """Ask to remove a participant for as long as the session lives."""
    member = room.members.get(who)
    if member is None:
        return Refusal("unknown", "Nobody of that id is in the session.")
    if who == by:
        return Refusal("forbidden", "An owner leaves; it does not remove itself.")
    changes = (Change(REMOVED + who, None, b"true"), Change(MEMBER + who, member.rev, GONE))
    return Ask(by, ident, changes, frozenset({OWNER}))


def ask_leave(room: Room, person: str) -> Ask | None:
    """Ask to leave for good; an owner's place goes to the editor, else the viewer, who is here longest. None when not a member."""
    member = room.members.get(person)
    if member is None:
        return None
    changes = [Change(MEMBER + person, member.rev, GONE)]
    heir = successor(room, person) if member.role == OWNER else None
    if heir is not None:
        changes.append(Change(MEMBER + heir, room.members[heir].rev, member_value(room.members[heir].name, OWNER)))
    return Ask(person, "", tuple(changes))


def successor(room: Room, but: str = "") -> str | None:
    """Return who becomes the owner next."""
    others = [(member.role != EDITOR, member.since, person) for person, member in room.members.items() if person != but]
    return min(others)[2] if others else None
