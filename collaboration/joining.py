"""Joining: from the first message of a connection to its seat among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collaboration import messages, tokens
from collaboration.limits import Limits
from collaboration.messages import Hello
from collaboration.rooms import Outcome, Refusal, Room, ask_join
from collaboration.seams import FULL, NO_SESSION, OFF, REMOVED, UNKNOWN
from collaboration.seats import Gathering, Seat

if TYPE_CHECKING:
    from collaboration.protocol import Hub


def say_hello(hub: Hub, seat: Seat, hello: Hello, now: float, at: int, fresh: str) -> None:
    """Check the token, use it up, find or make the session, take a place in it, and let the connection in; or close it with the reason."""
    try:
        granted, nonce = tokens.read(hub.secret, hello.token, at / 1000)
    except tokens.BadToken as problem:
        hub.close(seat, UNKNOWN, "unauthenticated", str(problem))
        return
    seat.joining = True

    def claimed(first: bool) -> None:
        if not first:
            hub.close(seat, UNKNOWN, "unauthenticated", "This token was used before.")
            return
        hub.backplane.open(granted.session, fresh, granted.may_create, opened)

    def opened(room: Room | None) -> None:
        if room is None:
            hub.close(seat, NO_SESSION, "no_session", "There is no such session (any more).")
            return
        gathering = hub.gatherings.get(room.session)
        if gathering is None or gathering.room is not room:
            gathering = hub.gatherings[room.session] = Gathering(room, hub.limits, now)
        if granted.person in room.members:
            _admit(hub, seat, gathering, granted, hello, now)
            return
        role = granted.role if granted.may_create else room.join_role
        ask = ask_join(room, granted.person, granted.name, role, granted.title, f"join-{nonce[:40]}")
        gathering.expected += 1
        hub.backplane.submit(room, ask, at, lambda outcome: answered(gathering, outcome))

    def answered(gathering: Gathering, outcome: Outcome) -> None:
        gathering.expected -= 1
        if isinstance(outcome, Refusal):
            code = REMOVED if outcome.code == "removed" else FULL
            hub.close(seat, code, outcome.code, outcome.message)
            hub.tidy(gathering)
        else:
            _admit(hub, seat, gathering, granted, hello, now)

    hub.backplane.claim(nonce, claimed)


def _admit(hub: Hub, seat: Seat, gathering: Gathering, granted: tokens.Pass, hello: Hello, now: float) -> None:
    room, person = gathering.room, granted.person
    if person not in room.members:
        hub.close(seat, OFF, "restart", "The session changed while you joined; try again.")
        hub.tidy(gathering)
        return
    if seat.lost:
        # it went while its place was being made; the place is held as if it had gone a moment later
        if not gathering.seats_of(person):
            gathering.held[person] = now + hub.limits.hold_s
        return
    if len(gathering.seats_of(person)) >= hub.limits.seats:
        hub.close(seat, FULL, "full", f"You are in this session with {hub.limits.seats} connections already.")
        return
    seat.joining, seat.person, seat.app, seat.gathering = False, person, granted.app, gathering
    seat.ops = gathering.bucket(person, granted.app, now)
    resumed = bool(hello.epoch) and hello.epoch == room.epoch and room.covers(hello.seq)
    gathering.seats.append(seat)
    gathering.held.pop(person, None)
    gathering.touched = now
    hub.counters.joins += 1
    hub.counters.replays += resumed
    seat.send(
        messages.encode(
            "welcome",
            epoch=room.epoch,
            seq=room.seq,
            role=room.members[person].role,
            you=person,
            session={"id": room.session, "name": room.title},
            limits=_published(hub.limits),
            resumed=resumed,
        )
    )
    seat.cursor = hello.seq if resumed else -1
    hub.counters.snapshots += gathering.catch_up(seat)
    if seat.cursor is not None:
        seat.progress, seat.progress_at = seat.backlog(), now
        hub.lagging.add(seat)
    if not granted.app or person not in gathering.presence:
        gathering.presence[person] = {"online": not granted.app, "where": None, "typing": False}
        hub.stir(gathering, person)
    seat.send(messages.encode("presence", people=gathering.presence))


def _published(limits: Limits) -> dict[str, float]:
    return {
        "message_bytes": limits.message_bytes,
        "text_bytes": limits.text_bytes,
        "chat_chars": limits.chat_chars,
        "ops_per_s": limits.ops_per_s,
        "ops_burst": limits.ops_burst,
        "participants": limits.participants,
        "hold_s": limits.hold_s,
    }
