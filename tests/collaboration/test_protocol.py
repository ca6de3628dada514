"""The protocol, paragraph by paragraph of docs/collaboration.md."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.collaboration.conftest import SESSION, House


def artifact(text: str) -> dict[str, str]:
    return {"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}


class TestJoining:
    def test_the_first_one_makes_the_session_and_owns_it(self, house: House) -> None:
        ann = house.join("ann", "owner")
        welcome, snapshot, presence = ann.inbox
        assert (welcome["type"], welcome["role"], welcome["you"], welcome["session"]["name"]) == ("welcome", "owner", "ann", "Payments")
        assert snapshot["seq"] == welcome["seq"] == 2
        assert presence["people"]["ann"]["online"] is True

    def test_a_newcomer_gets_the_role_that_the_owner_chose_whatever_its_token_says(self, house: House) -> None:
        ann = house.join("ann", "owner")
        ann.say("op", id="1", key="session", base_rev=2, value={"name": "Payments", "join_role": "viewer"})
        assert house.join("bob", "editor").of("welcome")[0]["role"] == "viewer"
        assert house.join("eve", "owner", create=False).of("welcome")[0]["role"] == "viewer"

    def test_there_is_never_a_second_owner(self, house: House) -> None:
        house.join("ann", "owner")
        assert house.join("bob", "owner").of("welcome")[0]["role"] == "editor"

    def test_a_session_that_is_not_there_is_not_made_by_a_guest(self, house: House) -> None:
        assert house.join("bob").closed == 4004
        assert len(house.backplane) == 0

    def test_a_token_opens_once(self, house: House) -> None:
        token = house.token("ann", "owner", create=True)
        first, second = house.line(), house.line()
        first.say("hello", token=token)
        second.say("hello", token=token)
        assert first.closed is None
        assert second.closed == 4001

    def test_a_token_runs_out_after_a_minute(self, house: House) -> None:
        token = house.token("ann", "owner", create=True)
        house.clock.now += 61
        line = house.line()
        line.say("hello", token=token)
        assert line.closed == 4001

    def test_nothing_but_hello_comes_first(self, house: House) -> None:
        for kind in ("op", "presence", "leave", "ping"):
            line = house.line()
            line.say(kind)
            assert line.closed == 4001

    def test_who_comes_back_gets_what_it_missed_in_order_and_once(self, house: House) -> None:
        ann = house.join("ann", "owner")
        bob = house.join("bob")
        epoch, seq = bob.of("welcome")[0]["epoch"], bob.of("welcome")[0]["seq"]
        bob.drop()
        for number in range(5):
            ann.say("op", id=f"a{number}", key="chat", value={"text": str(number)})
        again = house.join("bob", resume=(epoch, seq))
        assert again.of("welcome")[0]["resumed"] is True
        assert [op["seq"] for op in again.of("op")] == list(range(seq + 1, seq + 6))
        assert again.of("snapshot") == []

    def test_what_the_ring_does_not_cover_is_one_snapshot_and_never_part_of_a_replay(self, make_house: Callable[..., House]) -> None:
        house = make_house(ring_ops=4, ops_burst=1000)
        ann = house.join("ann", "owner")
        bob = house.join("bob")
        epoch, seq = bob.of("welcome")[0]["epoch"], bob.of("welcome")[0]["seq"]
        bob.drop()
        for number in range(6):
            ann.say("op", id=f"a{number}", key=f"sel/{number}", value=True)
        again = house.join("bob", resume=(epoch, seq))
        assert again.of("op") == []
        assert len(again.of("snapshot")) == 1
        assert again.of("snapshot")[0]["seq"] == seq + 6

    @pytest.mark.parametrize("resume", [("another", 2), ("", 0), ("epoch", 10_000)])
    def test_another_epoch_is_answered_with_a_snapshot(self, house: House, resume: tuple[str, int]) -> None:
        house.join("ann", "owner")
        assert len(house.join("bob", resume=resume).of("snapshot")) == 1

    def test_a_snapshot_carries_the_latest_events(self, house: House) -> None:
        ann = house.join("ann", "owner")
        ann.say("op", id="1", key="chat", value={"text": "hello"})
        (snapshot,) = house.join("bob").of("snapshot")
        assert [op["value"]["text"] for op in snapshot["recent"] if op["key"] == "chat"] == ["hello"]


class TestChanging:
    def test_a_change_is_acknowledged_to_its_author_and_told_to_all_others(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        assert ann.say("op", id="1", key="preset", base_rev=0, value="fast") == [{"type": "ack", "id": "1", "seq": 4, "rev": 4}]
        assert bob.inbox[-1] == {"type": "op", "seq": 4, "key": "preset", "by": "ann", "id": "1", "at": house.clock.at, "value": "fast"}

    def test_two_changes_of_one_artifact_are_a_conflict_that_shows_what_is_there(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        ann.say("op", id="1", key="gen/Dockerfile", base_rev=0, value=artifact("FROM a"))
        (answer,) = bob.say("op", id="1", key="gen/Dockerfile", base_rev=0, value=artifact("FROM b"))
        assert (answer["type"], answer["rev"], answer["by"], answer["value"]["text"]) == ("conflict", 4, "ann", "FROM a")
        assert bob.say("op", id="2", key="gen/Dockerfile", base_rev=4, value=artifact("FROM c"))[0]["type"] == "ack"

    def test_an_id_that_comes_again_is_acknowledged_again_and_committed_once(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        first = ann.say("op", id="x", key="chat", value={"text": "once"})
        ann.drop()
        assert house.join("ann", "owner").say("op", id="x", key="chat", value={"text": "once"}) == first
        assert len([op for op in bob.of("op") if op["key"] == "chat"]) == 1

    def test_the_ids_of_two_people_are_not_the_same_id(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        ann.say("op", id="x", key="chat", value={"text": "a"})
        assert bob.say("op", id="x", key="chat", value={"text": "b"})[0]["seq"] == 5

    def test_toggles_of_different_files_never_conflict(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        assert ann.say("op", id="1", key="sel/app.py", value=True)[0]["type"] == "ack"
        assert bob.say("op", id="1", key="sel/main.py", value=True)[0]["type"] == "ack"

    def test_null_deletes(self, house: House) -> None:
        ann = house.join("ann", "owner")
        ann.say("op", id="1", key="state/x", value=1)
        ann.say("op", id="2", key="state/x", value=None)
        assert "state/x" not in house.join("bob").of("snapshot")[0]["state"]

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("gen/../x", artifact("x")),
            ("gen//etc/passwd", artifact("x")),
            ("gen/x", {"text": "x", "sha256": "0" * 64}),
            ("gen/x", {"text": "x"}),
            ("gen/x", artifact("x" * 131_073)),
            ("provider/openai", {"model": "gpt-4o", "api_key": "sk-x"}),
            ("provider/openai", {"options": [{"Authorization": "Bearer x"}]}),
            ("sel/x", "yes"),
            ("cwd", "../elsewhere"),
            ("preset", ""),
            ("chat", {"text": "  "}),
            ("chat", {"text": "x" * 4_001}),
            ("chat", {"text": "x", "html": "<b>"}),
            ("session", {"name": "x", "join_role": "owner"}),
            ("member/ann", {"name": "x", "role": "owner"}),
            ("removed/bob", True),
            ("unheard-of", 1),
            ("run/", 1),
            ("state/\u202e", 1),
            ("state/" + "x" * 600, 1),
        ],
    )
    def test_a_value_that_the_rules_do_not_allow_is_refused_and_changes_nothing(self, house: House, key: str, value: Any) -> None:
        ann = house.join("ann", "owner")
        (answer,) = ann.say("op", id="1", key=key, base_rev=0, value=value)
        assert (answer["type"], answer["code"], answer["id"]) == ("refused", "bad_value", "1")
        assert ann.say("op", id="2", key="chat", value={"text": "next"})[0]["seq"] == 3

    def test_a_compared_key_needs_the_revision_that_was_seen(self, house: House) -> None:
        ann = house.join("ann", "owner")
        for key, value in (("gen/x", artifact("x")), ("preset", "fast"), ("provider/openai", {"model": "gpt-4o", "max_tokens": 4})):
            assert ann.say("op", id="1", key=key, value=value)[0]["code"] == "bad_value"
            assert ann.say("op", id=f"2{key[0:3]}", key=key, base_rev=0, value=value)[0]["type"] == "ack"

    def test_a_session_whose_state_is_full_still_talks_and_deletes(self, make_house: Callable[..., House]) -> None:
        house = make_house(state_bytes=2_000)
        ann = house.join("ann", "owner")
        assert ann.say("op", id="1", key="state/a", value="x" * 1_500)[0]["type"] == "ack"
        assert ann.say("op", id="2", key="state/b", value="x" * 1_500)[0]["code"] == "full"
        assert ann.say("op", id="3", key="chat", value={"text": "y" * 1_500})[0]["type"] == "ack"
        assert ann.say("op", id="4", key="state/a", value=None)[0]["type"] == "ack"
        assert ann.say("op", id="5", key="state/b", value="x" * 1_500)[0]["type"] == "ack"


class TestPeople:
    def test_the_owner_gives_and_takes_roles_at_once(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        ann.say("role", id="1", who="bob", role="viewer")
        assert bob.say("op", id="1", key="sel/x", value=True)[0]["code"] == "forbidden"
        ann.say("role", id="2", who="bob", role="editor")
        assert bob.say("op", id="2", key="sel/x", value=True)[0]["type"] == "ack"

    def test_who_makes_another_one_owner_becomes_an_editor(self, house: House) -> None:
        ann = house.join("ann", "owner")
        house.join("bob")
        ann.say("role", id="1", who="bob", role="owner")
        room = house.hub.gatherings[SESSION].room
        assert {person: member.role for person, member in room.members.items()} == {"ann": "editor", "bob": "owner"}

    def test_who_is_removed_is_told_closed_and_never_let_in_again(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        ann.say("remove", id="1", who="bob")
        assert bob.of("bye")[0]["code"] == "removed"
        assert bob.closed == 4009
        assert house.join("bob").closed == 4009
        assert house.join("bob", "owner").closed == 4009

    def test_an_owner_who_leaves_hands_over_to_the_editor_who_is_here_longest(self, house: House) -> None:
        ann = house.join("ann", "owner")
        for person in ("vic", "bob", "eve"):
            house.join(person)
        ann.say("role", id="1", who="vic", role="viewer")
        ann.say("leave")
        assert house.hub.gatherings[SESSION].room.owner == "bob"

    def test_a_second_tab_that_leaves_ends_nothing(self, house: House) -> None:
        one, two = house.join("ann", "owner"), house.join("ann", "owner")
        two.say("leave")
        assert two.closed == 4000
        assert one.say("op", id="1", key="chat", value={"text": "still here"})[0]["type"] == "ack"

    def test_a_dropped_participants_place_is_held_for_a_minute(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        bob.drop()
        house.wait(59)
        assert "bob" in house.hub.gatherings[SESSION].room.members
        assert ann.of("presence")[-1]["people"]["bob"]["online"] is False
        house.wait(2)
        assert "bob" not in house.hub.gatherings[SESSION].room.members
        assert ann.inbox[-1]["key"] == "member/bob"
        assert ann.inbox[-1]["value"] is None

    def test_the_app_that_speaks_for_a_person_does_not_make_the_person_look_present(self, house: House) -> None:
        ann = house.join("ann", "owner")
        house.join("bob", app=True)
        tab = house.join("bob")
        house.wait(1)
        assert ann.of("presence")[-1]["people"]["bob"]["online"] is True
        tab.drop()
        house.wait(1)
        assert ann.of("presence")[-1]["people"]["bob"]["online"] is False
        house.wait(90)
        assert "bob" in house.hub.gatherings[SESSION].room.members  # the app is still there for it

    def test_a_session_without_an_owner_gets_one(self, house: House) -> None:
        house.join("bob", "editor", create=True)
        house.wait(62)
        assert house.hub.gatherings[SESSION].room.owner == "bob"

    def test_presence_is_conflated_to_the_latest_of_each(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        house.hub.flush()
        before = len(ann.inbox)
        for page in ("generate", "review", "deliver"):
            bob.say("presence", where={"page": page}, typing=True)
        house.hub.flush()
        assert [message["people"]["bob"]["where"] for message in ann.inbox[before:]] == [{"page": "deliver"}]

    def test_a_session_is_gone_when_the_last_one_leaves(self, house: House) -> None:
        ann = house.join("ann", "owner")
        ann.say("leave")
        assert len(house.backplane) == len(house.hub.gatherings) == 0
        assert house.join("bob").closed == 4004

    def test_a_session_in_which_nothing_happens_ends(self, make_house: Callable[..., House]) -> None:
        house = make_house(idle_s=100)
        ann = house.join("ann", "owner")
        house.wait(101)
        assert ann.closed == 4012
        assert len(house.backplane) == 0


class TestBounds:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"[]",
            b"{",
            b'{"type":"op"}',
            b'{"type":["op"]}',
            b'{"type":"op","id":"1","key":"chat"}',
            b'{"type":"op","id":"1","key":7,"value":1}',
            b'{"type":"op","id":"1","key":"chat","base_rev":-1,"value":1}',
            b'{"type":"op","id":"1","key":"chat","base_rev":true,"value":1}',
            b'{"type":"op","id":"a b","key":"chat","value":1}',
            b'{"type":"hello","token":"x"}',
            b'{"type":"unheard-of"}',
            b'{"type":"ping","x":1}',
            b'{"type":"presence","where":"here"}',
            b'{"type":"op","id":"1","key":"state/x","value":' + b"[" * 30 + b"]" * 30 + b"}",
            b'{"type":"op","id":"1","key":"state/x","value":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"type":"op","id":"1","key":"state/x","value":[' + b"1," * 30_000 + b"1]}",
            b'{"type":"op","id":"1","key":"state/x","value":"' + b"x" * 262_144 + b'"}',
            b'{"type":"op","id":"1","key":"state/x","value":"\xff"}',
        ],
    )
    def test_what_is_no_message_is_refused_and_the_connection_stays(self, house: House, data: bytes) -> None:
        ann = house.join("ann", "owner")
        (answer,) = ann.raw(data)
        assert (answer["type"], answer["code"]) == ("refused", "malformed")
        assert ann.say("ping")[0]["type"] == "pong"

    def test_whoever_is_too_fast_is_told_how_long_to_wait_and_may_then_go_on(self, house: House) -> None:
        ann = house.join("ann", "owner")
        answers = [ann.say("op", id=f"f{n}", key="chat", value={"text": "x"})[0] for n in range(45)]
        assert [answer["type"] for answer in answers] == ["ack"] * 40 + ["refused"] * 5
        assert 0 < answers[-1]["retry_after"] <= 0.05
        house.clock.now += answers[-1]["retry_after"] + 0.001
        assert ann.say("op", id="f44", key="chat", value={"text": "x"})[0]["type"] == "ack"

    def test_the_rate_is_the_participants_whatever_the_number_of_its_tabs(self, house: House) -> None:
        tabs = [house.join("ann", "owner") for _ in range(4)]
        answers = [tabs[n % 4].say("op", id=f"t{n}", key="chat", value={"text": "x"})[0]["type"] for n in range(60)]
        assert answers.count("ack") == 40

    def test_a_flood_is_answered_then_closed(self, house: House) -> None:
        ann, bob = house.join("ann", "owner"), house.join("bob")
        for number in range(1_000):
            if bob.closed is None:
                bob.say("op", id=f"f{number}", key="chat", value={"text": "x"})
        assert bob.closed == 4029
        assert len(bob.of("refused")) == house.limits.strikes
        assert ann.say("op", id="1", key="chat", value={"text": "unharmed"})[0]["type"] == "ack"

    def test_eleven_do_not_fit(self, house: House) -> None:
        house.join("p0", "owner")
        lines = [house.join(f"p{n}") for n in range(1, 12)]
        assert [line.closed for line in lines] == [None] * 9 + [4010] * 2


class TestSlowReaders:
    def flood(self, line: Any, count: int, size: int, tag: str = "f") -> None:
        for number in range(count):
            assert line.say("op", id=f"{tag}{number}", key=f"run/{number}", value="x" * size)[0]["type"] == "ack"

    def test_a_reader_that_stops_costs_one_buffer_and_goes_on_from_the_ring(self, make_house: Callable[..., House]) -> None:
        house = make_house(ops_burst=10_000, frames_burst=10_000)
        ann, bob = house.join("ann", "owner"), house.join("bob")
        bob.reads = False
        self.flood(ann, 30, 50_000)
        assert bob.backlog() < house.limits.high_bytes + 60_000
        bob.read_on()
        for _ in range(20):
            house.hub.drain(house.clock.now)
        assert [op["seq"] for op in bob.of("op")] == list(range(4, 34))
        assert bob.of("snapshot")[1:] == []

    def test_one_who_fell_off_the_ring_gets_one_snapshot(self, make_house: Callable[..., House]) -> None:
        house = make_house(ops_burst=10_000, frames_burst=10_000)
        ann, bob = house.join("ann", "owner"), house.join("bob")
        bob.reads = False
        self.flood(ann, 100, 50_000)
        bob.read_on()
        for _ in range(20):
            house.hub.drain(house.clock.now)
        assert len(bob.of("snapshot")) == 2
        ann.say("op", id="last", key="chat", value={"text": "x"})
        assert bob.inbox[-1]["seq"] == bob.of("snapshot")[1]["seq"] + 1

    def test_no_progress_for_45_seconds_ends_it_and_the_others_notice_nothing(self, make_house: Callable[..., House]) -> None:
        house = make_house(ops_burst=10_000, frames_burst=10_000)
        ann, bob, eve = house.join("ann", "owner"), house.join("bob"), house.join("eve")
        bob.reads = False
        self.flood(ann, 30, 50_000)
        house.wait(44)
        assert not bob.aborted
        house.wait(3)
        assert bob.aborted
        assert len(eve.of("op")) == 30
