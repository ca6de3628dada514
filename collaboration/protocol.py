"""The protocol: what the sidecar does with each message, each lost connection and each second. No input, output or clock of its own."""

from __future__ import annotations

from typing import Any

from collaboration import joining, messages
from collaboration.keys import MEMBER, ROLES, BadValue, rule_for
from collaboration.limits import Limits
from collaboration.messages import BadMessage, Hello, Here, Leave, Ping, Remove, SetRole, Write
from collaboration.rooms import (
    GONE,
    Again,
    Ask,
    Change,
    Conflict,
    Op,
    Outcome,
    Refusal,
    Room,
    ask_leave,
    ask_remove,
    ask_role,
    member_value,
    successor,
)
from collaboration.seams import ENDED, FLOOD, LEFT, OFF, REMOVED, UNKNOWN, Backplane, Counters
from collaboration.seats import Gathering, Seat, Wire

ANNOUNCE_S = 10.0


class Hub:
    """All sessions of one node. Its shell calls `seat`, `receive`, `gone`, `flush`, `drain` and `tick`; `now` is monotonic seconds,
    `at` wall-clock milliseconds, `fresh` an unguessable text for an epoch that may have to be made.
    """

    def __init__(self, secret: bytes, limits: Limits, backplane: Backplane):
        self.limits = limits
        self.counters = Counters()
        self.gatherings: dict[str, Gathering] = {}
        self.lagging: set[Seat] = set()
        self.restless: set[Gathering] = set()
        self.secret = secret
        self.backplane = backplane
        self._waiting: dict[tuple[str, str, str], Seat] = {}
        self._now = 0.0

    def seat(self, wire: Wire, packs: bool, now: float) -> Seat:
        """Take a connection whose handshake is done."""
        self.counters.connections += 1
        return Seat(wire, packs, self.limits, now)

    def receive(self, seat: Seat, data: bytes | str, now: float, at: int, fresh: str = "") -> None:
        """Handle one message of a connection."""
        self._now = now
        wait = seat.frames.take(now)
        if wait:
            self._refuse(seat, "rate", "Too many messages on this connection.", retry_after=wait)
            return
        try:
            message = messages.read(data, self.limits)
        except BadMessage as problem:
            if seat.gathering is None:
                self.close(seat, UNKNOWN, "unauthenticated", "The first message must be hello with a join token.")
            else:
                self._refuse(seat, "malformed", str(problem))
            return
        gathering = seat.gathering
        if gathering is None:
            if isinstance(message, Hello) and not seat.joining:
                joining.say_hello(self, seat, message, now, at, fresh)
            else:
                self.close(seat, UNKNOWN, "unauthenticated", "The first message must be hello with a join token.")
        elif type(message) is Write:
            gathering.touched = now
            self._write(seat, gathering, message, now, at)
        elif type(message) is Here:
            gathering.presence[seat.person] = {"online": True, "where": message.where, "typing": message.typing}
            self.stir(gathering, seat.person)
        elif type(message) is Ping:
            seat.send(messages.encode("pong", at=at))
        elif isinstance(message, SetRole | Remove):
            self._manage(seat, gathering, message, now, at)
        elif isinstance(message, Leave):
            self._leave(seat, gathering, at)
        else:
            self._refuse(seat, "malformed", "You said hello already.")

    def gone(self, seat: Seat, now: float) -> None:
        """Forget a connection that ended; its participant's place is held for a while if it was the last one."""
        self._now = now
        self.counters.connections -= 1
        seat.lost = True
        gathering = seat.gathering
        self._unseat(seat)
        if gathering is not None:
            self.tidy(gathering)

    def deliver(self, room: Room, ops: list[Op], now: float) -> None:
        """Pass committed ops on to this node's seats; their author's connection gets the acknowledgement instead."""
        gathering = self.gatherings.get(room.session)
        if gathering is None or gathering.room is not room:
            return
        for op in ops:
            self.counters.ops += 1
            origin = self._waiting.get((room.session, op.by, op.id)) if op.id and op is ops[-1] else None
            worded = not op.key.startswith(MEMBER)  # who asked for a role or a removal did not word the op, and gets it too
            if lagged := gathering.fan_out(op, origin if worded and self._acked(origin, op) else None, now):
                self.counters.lagged += lagged
                self.lagging.update(seat for seat in gathering.seats if seat.cursor is not None)
            if not worded:
                self._acked(origin, op)
        for op in ops:
            if op.key.startswith(MEMBER) and op.value == GONE:
                self._without(gathering, op)

    def heard(self, session: str, people: dict[str, Any]) -> None:
        """Take presence that another node told."""
        gathering = self.gatherings.get(session)
        if gathering is None:
            return
        elsewhere = {person: here for person, here in people.items() if not gathering.seats_of(person)}
        for person, here in elsewhere.items():
            gathering.heard[person] = self._now
            if here["online"]:
                gathering.held.pop(person, None)
        gathering.presence.update(elsewhere)
        if elsewhere:
            gathering.tell(messages.encode("presence", people=elsewhere))
        self.tidy(gathering)

    def announce(self, session: str) -> None:
        """Tell the other nodes who is here: one of them asks."""
        gathering = self.gatherings.get(session)
        if gathering is not None:
            for seat in gathering.seats:
                self.stir(gathering, seat.person)

    def replaced(self, old: Room, new: Room, now: float) -> None:
        """The store has another copy of the room than this node: everyone gets a snapshot of it."""
        gathering = self.gatherings.get(old.session)
        if gathering is None or gathering.room is not old:
            return
        gathering.room = new
        for seat in list(gathering.seats):
            if seat.person not in new.members:
                self.close(seat, OFF, "restart", "The session was made again without you; join again.")
                continue
            seat.cursor = -1
            self.counters.snapshots += gathering.catch_up(seat)
            if seat.cursor is not None:
                seat.progress, seat.progress_at = seat.backlog(), now
                self.lagging.add(seat)
        self.tidy(gathering)

    def flush(self) -> None:
        """Send presence that changed since the last time, one message a room."""
        for gathering in self.restless:
            people = {person: gathering.presence[person] for person in gathering.changed if person in gathering.presence}
            gathering.changed.clear()
            if people:
                payload = messages.encode("presence", people=people)
                gathering.tell(payload)
                self.backplane.whisper(gathering.room, payload)
        self.restless.clear()

    def drain(self, now: float) -> None:
        """Let slow readers go on where they read again; drop those that have not for too long."""
        for seat in list(self.lagging):
            gathering = seat.gathering
            if gathering is None or seat.cursor is None:
                self.lagging.discard(seat)
                continue
            unsent = seat.backlog()
            if unsent < seat.progress:
                seat.progress_at = now
            seat.progress = unsent
            if unsent <= self.limits.low_bytes:
                self.counters.snapshots += gathering.catch_up(seat)
                seat.progress, seat.progress_at = seat.backlog(), now
                if seat.cursor is None:
                    self.lagging.discard(seat)
            elif now - seat.progress_at > self.limits.stuck_s:
                self.counters.drops += 1
                self.lagging.discard(seat)
                seat.abort()

    def tick(self, now: float, at: int) -> None:
        """Give up places that were held long enough, find an heir for a session without an owner, end idle sessions."""
        self._now = now
        for gathering in list(self.gatherings.values()):
            room = gathering.room
            for person in [person for person, until in gathering.held.items() if until <= now]:
                del gathering.held[person]
                self._farewell(room, person, at)
            self._look_for_lost(gathering, now, at)
            if room.owner is not None or not room.members:
                gathering.ownerless_at = None
            elif gathering.ownerless_at is None:
                gathering.ownerless_at = now
            elif now - gathering.ownerless_at > self.limits.hold_s:
                self._crown(room, at)
            if now - gathering.touched > self.limits.idle_s:
                self.end(gathering, ENDED, "idle", "The session ended: nothing happened in it for long.")

    def end(self, gathering: Gathering, code: int, short: str, reason: str) -> None:
        """Close every connection of a session and forget it."""
        self.counters.ended[short] = self.counters.ended.get(short, 0) + 1
        for seat in list(gathering.seats):
            self.close(seat, code, short, reason)
        gathering.held.clear()
        self.gatherings.pop(gathering.room.session, None)
        self.restless.discard(gathering)
        self.backplane.drop(gathering.room, True)

    def close(self, seat: Seat, code: int, short: str, reason: str) -> None:
        """Say goodbye and close; the seat takes part no more."""
        lagging = seat.cursor is not None
        self._unseat(seat)
        if seat.lost:
            return
        if not lagging:
            seat.send(messages.encode("bye", code=short, message=reason))
        seat.close(code, reason)

    def _unseat(self, seat: Seat) -> None:
        """Take a connection out of its room; the place of a participant who is still a member is held for a while."""
        gathering, seat.gathering = seat.gathering, None
        self.lagging.discard(seat)
        if gathering is None:
            return
        gathering.seats.remove(seat)
        if seat.person not in gathering.room.members:
            return
        left = gathering.seats_of(seat.person)
        if not left:
            gathering.held[seat.person] = self._now + self.limits.hold_s
        if all(other.app for other in left):
            # nobody looks any more: the app that speaks for a person does not make the person look present
            gathering.presence[seat.person] = {"online": False, "where": None, "typing": False}
            self.stir(gathering, seat.person)

    # --- changing --------------------------------------------------------------------------------------------

    def _write(self, seat: Seat, gathering: Gathering, message: Write, now: float, at: int) -> None:
        wait = seat.ops.take(now)
        if wait:
            self._refuse(seat, "rate", "You change things faster than a session allows.", message.id, wait)
            return
        try:
            rule = rule_for(message.key)
            if message.value is None:
                if not rule.deletable:
                    raise BadValue(f"'{message.key[:80]}' cannot be deleted.")
            else:
                rule.check(message.key, message.value, self.limits)
        except BadValue as problem:
            self._refuse(seat, "bad_value", str(problem), message.id)
            return
        if rule.compared and message.base_rev is None:
            self._refuse(seat, "bad_value", f"'{message.key[:80]}' needs the base_rev that you saw, 0 where it is new.", message.id)
            return
        base = message.base_rev if rule.stored else None
        ask = Ask(seat.person, message.id, (Change(message.key, base, messages.kept(message.value)),), rule.roles)
        self._submit(seat, gathering, ask, at)

    def _manage(self, seat: Seat, gathering: Gathering, message: SetRole | Remove, now: float, at: int) -> None:
        wait = seat.ops.take(now)
        if wait:
            self._refuse(seat, "rate", "You change things faster than a session allows.", message.id, wait)
            return
        room = gathering.room
        ask: Ask | Refusal
        if isinstance(message, Remove):
            ask = ask_remove(room, seat.person, message.who, message.id)
        elif message.role not in ROLES:
            ask = Refusal("bad_value", f"A role is one of {', '.join(ROLES)}.")
        else:
            ask = ask_role(room, seat.person, message.who, message.role, message.id)
        seen = room.ids.get(seat.person, {}).get(message.id)
        if seen is not None:
            self._remind(seat, message.id, seen)
        elif isinstance(ask, Refusal):
            self._refuse(seat, ask.code, ask.message, message.id)
        else:
            self._submit(seat, gathering, ask, at)

    def _submit(self, seat: Seat, gathering: Gathering, ask: Ask, at: int) -> None:
        waiting = (gathering.room.session, ask.by, ask.id)
        self._waiting[waiting] = seat

        def reply(outcome: Outcome) -> None:
            self._waiting.pop(waiting, None)
            if type(outcome) is list:
                seat.strikes = 0
            elif seat.gathering is None:
                return
            elif isinstance(outcome, Again):
                self._remind(seat, ask.id, outcome.seq)
            elif isinstance(outcome, Conflict):
                self.counters.conflicts += 1
                seat.send(messages.conflict(ask.id, outcome.key, outcome.rev, outcome.value, outcome.by))
            elif isinstance(outcome, Refusal):
                self._refuse(seat, outcome.code, outcome.message, ask.id)

        self.backplane.submit(gathering.room, ask, at, reply)

    def _remind(self, seat: Seat, ident: str, seq: int) -> None:
        """Acknowledge again; a seat that has not read that far gets the op itself, and no number before its turn."""
        if seat.cursor is None or seq <= seat.cursor:
            seat.send(messages.ack(ident, seq))

    def _acked(self, origin: Seat | None, op: Op) -> bool:
        """Acknowledge to the author's connection; one that reads too slowly gets its own op from the ring instead, which says the same."""
        if origin is None or origin.gathering is None or origin.cursor is not None:
            return False
        origin.send(messages.ack(op.id, op.seq))
        return True

    # --- leaving ---------------------------------------------------------------------------------------------

    def _leave(self, seat: Seat, gathering: Gathering, at: int) -> None:
        person = seat.person
        self.close(seat, LEFT, "left", "You left the session.")
        if gathering.seats_of(person):
            return
        self._farewell(gathering.room, person, at)

    def _farewell(self, room: Room, person: str, at: int, tries: int = 3) -> None:
        ask = ask_leave(room, person)
        if ask is None:
            return

        def answered(outcome: Outcome) -> None:
            # the owner's heir may itself have gone meanwhile: ask once more, of the room as it is now
            if isinstance(outcome, Conflict) and tries:
                self._farewell(room, person, at, tries - 1)

        self.backplane.submit(room, ask, at, answered)

    def _look_for_lost(self, gathering: Gathering, now: float, at: int) -> None:
        """Let go of members that no node has: theirs ended without a word. With one node every member has a seat or a held place."""
        here = {seat.person for seat in gathering.seats}
        if now - gathering.announced > ANNOUNCE_S:
            gathering.announced = now
            people = {person: gathering.presence[person] for person in here if person in gathering.presence}
            self.backplane.whisper(gathering.room, messages.encode("presence", people=people))
        for person in [person for person in gathering.room.members if person not in here and person not in gathering.held]:
            if now - gathering.heard.setdefault(person, now) > self.limits.hold_s + 2 * ANNOUNCE_S:
                del gathering.heard[person]
                self._farewell(gathering.room, person, at)

    def _crown(self, room: Room, at: int) -> None:
        heir = successor(room)
        if heir is not None:
            member = room.members[heir]
            change = Change(MEMBER + heir, member.rev, member_value(member.name, "owner"))
            self.backplane.submit(room, Ask(heir, "", (change,)), at, lambda _outcome: None)

    def _without(self, gathering: Gathering, op: Op) -> None:
        """Forget a participant who is no member any more."""
        person = op.key.removeprefix(MEMBER)
        gathering.held.pop(person, None)
        gathering.presence.pop(person, None)
        gathering.heard.pop(person, None)
        gathering.buckets.pop((person, False), None)
        gathering.buckets.pop((person, True), None)
        for seat in gathering.seats_of(person):
            if op.by == person:
                self.close(seat, LEFT, "left", "You left the session.")
            else:
                self.close(seat, REMOVED, "removed", "The owner removed you from this session.")
        self.tidy(gathering)

    def tidy(self, gathering: Gathering) -> None:
        """Let go of a room that nobody on this node is in."""
        room = gathering.room
        if gathering.seats or gathering.held or gathering.expected:
            return
        if self.gatherings.get(room.session) is gathering:
            del self.gatherings[room.session]
        self.restless.discard(gathering)
        ended = not room.members
        if ended:
            self.counters.ended["empty"] = self.counters.ended.get("empty", 0) + 1
        self.backplane.drop(room, ended)

    def stir(self, gathering: Gathering, person: str) -> None:
        """Note that a participant's presence changed."""
        gathering.changed.add(person)
        self.restless.add(gathering)

    def _refuse(self, seat: Seat, code: str, message: str, ident: str = "", retry_after: float | None = None) -> None:
        self.counters.refused += 1
        seat.strikes += 1
        if seat.strikes > self.limits.strikes:
            self.close(seat, FLOOD, "flood", "Too many refused messages in a row.")
        elif seat.cursor is None:
            seat.send(messages.refused(code, message, ident, retry_after))
