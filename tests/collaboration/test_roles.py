"""Who may do what: each role against each message and each key, as docs/collaboration.md says."""

from __future__ import annotations

from typing import Any

import pytest

from collaboration.keys import ROLES
from tests.collaboration.conftest import SESSION, House
from tests.collaboration.test_protocol import artifact

ALLOWED = {
    "op": {"owner", "editor"},
    "chat": {"owner", "editor", "viewer"},
    "session": {"owner"},
    "presence": {"owner", "editor", "viewer"},
    "role": {"owner"},
    "remove": {"owner"},
    "ping": {"owner", "editor", "viewer"},
}
SENT: dict[str, dict[str, Any]] = {
    "chat": {"type": "op", "id": "c", "key": "chat", "value": {"text": "x"}},
    "session": {"type": "op", "id": "s", "key": "session", "base_rev": 2, "value": {"name": "x", "join_role": "viewer"}},
    "presence": {"type": "presence", "where": None},
    "role": {"type": "role", "id": "r", "who": "third", "role": "viewer"},
    "remove": {"type": "remove", "id": "m", "who": "third"},
    "ping": {"type": "ping"},
}
KEYS = ("gen/x", "provider/x", "sel/x", "state/x", "run/x", "exec/x", "git/x", "custom/x", "preset", "cwd")


class TestTheRoleAndMessageMatrix:
    def seated(self, house: House, role: str) -> Any:
        owner = house.join("ann", "owner")
        house.join("third")
        if role == "owner":
            return owner
        line = house.join("bob")
        owner.say("role", id="setup", who="bob", role=role)
        return line

    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("message", SENT)
    def test_messages(self, house: House, role: str, message: str) -> None:
        line = self.seated(house, role)
        fields = dict(SENT[message])
        answers = line.say(fields.pop("type"), **fields)
        refused = any(answer["type"] == "refused" for answer in answers)
        assert refused is (role not in ALLOWED[message])

    @pytest.mark.parametrize("role", ROLES)
    def test_keys(self, house: House, role: str) -> None:
        line = self.seated(house, role)
        values = {"gen/x": artifact("x"), "provider/x": {}, "sel/x": True, "preset": "fast", "cwd": ""}
        for number, key in enumerate(KEYS):
            (answer,) = line.say("op", id=f"k{number}", key=key, base_rev=0, value=values.get(key, 1))
            assert (answer["type"] == "ack") is (role in ALLOWED["op"]), (key, answer)

    @pytest.mark.parametrize("role", ["editor", "viewer"])
    def test_nobody_makes_itself_more_than_it_is(self, house: House, role: str) -> None:
        line = self.seated(house, role)
        line.say("role", id="1", who="bob", role="owner")
        line.say("op", id="2", key="member/bob", value={"name": "Bob", "role": "owner"})
        line.raw(b'{"type":"op","id":"3","key":"chat","value":{"text":"x"},"by":"ann"}')
        line.raw(b'{"type":"op","id":"4","key":"chat","value":{"text":"x"},"role":"owner"}')
        assert [answer["type"] for answer in line.inbox[-4:]] == ["refused"] * 4
        assert house.hub.gatherings[SESSION].room.members["bob"].role == role

    def test_who_changes_a_role_or_removes_somebody_is_told_what_came_of_it(self, house: House) -> None:
        ann, _ = house.join("ann", "owner"), house.join("bob")
        ann.say("role", id="r", who="bob", role="viewer")
        ann.say("remove", id="m", who="bob")
        told = [(op["key"], op["value"] and op["value"]["role"]) for op in ann.of("op") if op["key"] == "member/bob"]
        assert told[-2:] == [("member/bob", "viewer"), ("member/bob", None)]
        assert [answer["id"] for answer in ann.of("ack")] == ["r", "m"]
