"""Every interleaving of joins, leaves, drops, roles, removals, changes, silences: the invariants of a session hold after each step."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collaboration.keys import OWNER
from collaboration.limits import Limits
from tests.collaboration.conftest import SESSION, House, Line

PEOPLE = st.sampled_from(["ann", "bob", "cat", "dan", "eve"])
KEYS = st.sampled_from(["preset", "cwd", "state/x", "sel/x", "run/x", "chat", "session", "member/bob"])


class Session(RuleBasedStateMachine):
    """Five people, at most four in the session, any number of tabs each."""

    def __init__(self) -> None:
        super().__init__()
        limits = Limits(participants=4, ring_ops=12, ops_per_s=1e6, ops_burst=10**6, frames_per_s=1e6, frames_burst=10**6, high_bytes=3_000)
        self.house = House(limits)
        self.lines: list[Line] = []
        self.count = 0

    def line_of(self, person: str) -> Line | None:
        return next((line for line in self.lines if line.closed is None and line.seat.person == person), None)

    @rule(person=PEOPLE, role=st.sampled_from(["owner", "editor", "viewer"]), create=st.booleans(), resume=st.integers(0, 40))
    def join(self, person: str, role: str, create: bool, resume: int) -> None:
        gathering = self.house.hub.gatherings.get(SESSION)
        epoch = gathering.room.epoch if gathering else "none"
        self.lines.append(self.house.join(person, role, resume=(epoch, resume), create=create))

    @rule(person=PEOPLE, key=KEYS, base=st.one_of(st.none(), st.integers(0, 30)), again=st.booleans())
    def change(self, person: str, key: str, base: int | None, again: bool) -> None:
        line = self.line_of(person)
        if line is None:
            return
        self.count += not again
        value = {"chat": {"text": "x"}, "sel/x": True, "session": {"name": "x", "join_role": "viewer"}}.get(key, "x")
        line.say("op", id=f"i{self.count}", key=key, value=value, **({} if base is None else {"base_rev": base}))

    @rule(person=PEOPLE, who=PEOPLE, role=st.sampled_from(["owner", "editor", "viewer", "god"]))
    def give_role(self, person: str, who: str, role: str) -> None:
        line = self.line_of(person)
        if line is not None:
            self.count += 1
            before = self.roles()
            line.say("role", id=f"i{self.count}", who=who, role=role)
            assert before.get(person) == OWNER or self.roles() == before, "only an owner changes roles"

    @rule(person=PEOPLE, who=PEOPLE)
    def remove(self, person: str, who: str) -> None:
        line = self.line_of(person)
        if line is not None:
            self.count += 1
            before = self.roles()
            line.say("remove", id=f"i{self.count}", who=who)
            assert before.get(person) == OWNER or self.roles() == before, "only an owner removes"

    @rule(person=PEOPLE)
    def leave(self, person: str) -> None:
        line = self.line_of(person)
        if line is not None:
            line.say("leave")
            line.drop()

    @rule(person=PEOPLE)
    def drop(self, person: str) -> None:
        line = self.line_of(person)
        if line is not None:
            line.drop()

    @rule(person=PEOPLE)
    def fall_silent(self, person: str) -> None:
        line = self.line_of(person)
        if line is not None:
            line.reads = False

    @rule(seconds=st.sampled_from([1, 5, 61]))
    def wait(self, seconds: int) -> None:
        for line in self.lines:
            if not line.reads and line.closed is None:
                line.read_on()
        self.house.wait(seconds)

    def roles(self) -> dict[str, str]:
        gathering = self.house.hub.gatherings.get(SESSION)
        return {person: member.role for person, member in gathering.room.members.items()} if gathering else {}

    @invariant()
    def the_session_is_sound(self) -> None:
        roles = list(self.roles().values())
        assert len(roles) <= 4
        assert roles.count(OWNER) <= 1
        gathering = self.house.hub.gatherings.get(SESSION)
        if gathering is not None:
            room = gathering.room
            assert {seat.person for seat in gathering.seats} | set(gathering.held) == set(room.members)
            assert not room.removed & set(room.members)
            assert room.state_bytes == sum(len(entry.value) + len(key) for key, entry in room.state.items())
            assert [op.seq for op in room.ring] == list(range(room.seq - len(room.ring) + 1, room.seq + 1))

    @invariant()
    def everyone_got_every_number_once_and_in_order(self) -> None:
        for line in self.lines:
            last = None
            for message in line.inbox:
                if message["type"] == "welcome":
                    last = None
                elif message["type"] == "snapshot":
                    last = message["seq"]
                elif message["type"] in ("op", "ack") and (last is None or message["seq"] > last):
                    assert last is None or message["seq"] == last + 1, line.inbox
                    last = message["seq"]


TestSession = Session.TestCase
TestSession.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
