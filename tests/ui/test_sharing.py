"""What a page shares with its session: no secret that it typed, and nothing that a session already holds as a conflict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from architect.profile import Override
from collaboration.client import ConflictError, Held
from ui import sharing, state, together
from ui.bridge import BRIDGE
from ui.sessions import REGISTRY
from ui.widgets.collaborate import files

SECRET = "AKIAQ4J5Y7R2T6W8N3PZ"
START = "gunicorn --workers 2 wsgi:app"


class Wire:
    """The app's end of a session that notes what it is given, and answers with `problem` where there is one."""

    role, you, epoch, session = "editor", "ann", "e1", "s"

    def __init__(self) -> None:
        self.state: dict[str, Held] = {}
        self.told: dict[str, Any] = {}
        self.problem: Exception | None = None

    async def set(self, key: str, value: Any, base_rev: int | None = None) -> int:
        self.told[key] = (value, base_rev)
        if self.problem is not None:
            raise self.problem
        return len(self.told)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    made = Wire()
    monkeypatch.setattr(sharing, "_client", lambda: made)
    monkeypatch.setattr(state, "session", lambda: SimpleNamespace(run=None))
    yield made
    BRIDGE.stop()


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> state.PageState:
    made = state.PageState()
    monkeypatch.setattr(state, "page", lambda: made)
    return made


def test_a_correction_that_holds_a_secret_stays_on_the_page_and_the_page_says_so(wire: Wire, record: state.PageState):
    record.overrides = (Override(".", "port", "8080"), Override(".", "start", f"run --key {SECRET}"))
    assert sharing.publish()
    told, _ = wire.told[sharing.OVERRIDES]
    assert [item["value"] for item in told["items"]] == ["8080"]
    assert SECRET not in str(wire.told)
    assert "stays on this page" in record.shared.notice


def test_a_folder_whose_name_holds_a_secret_is_not_told(wire: Wire, record: state.PageState):
    record.workspace = SimpleNamespace(name="shop", location=f"/tmp/{SECRET}/shop")  # type: ignore[assignment]
    sharing.publish()
    assert sharing.WORKSPACE not in wire.told


def test_two_who_wrote_the_same_text_have_no_conflict_and_go_on_from_it(wire: Wire, record: state.PageState):
    artifact = SimpleNamespace(path="Dockerfile", content="FROM scratch\n", kind="dockerfile")
    record.verdict = SimpleNamespace(artifacts=(artifact,))  # type: ignore[assignment]
    theirs = {"text": artifact.content, "sha256": hashlib.sha256(artifact.content.encode()).hexdigest()}
    wire.problem = ConflictError("gen/Dockerfile", 7, theirs, "bob")
    sharing.publish()
    assert record.shared.clashes == {}
    artifact.content, wire.problem = "FROM scratch\nUSER 1000\n", None
    sharing.publish()
    assert wire.told["gen/Dockerfile"][1] == 7


def test_what_is_said_is_looked_through_before_a_page_sends_it(browsers):
    mine = REGISTRY.open(browsers[0].id)
    headers = {"x-omni-session": mine.token, "origin": "http://127.0.0.1"}
    found = browsers[0].client.post("/api/session/cleared", json={"text": f"use {SECRET} here"}, headers=headers).json()
    assert SECRET not in found["text"]
    assert found["text"].startswith("use <masked: ")
    assert len(found["found"]) == 1
    clean = browsers[0].client.post("/api/session/cleared", json={"text": START}, headers=headers).json()
    assert clean == {"text": START, "found": []}
    assert browsers[0].client.post("/api/session/cleared", json={"text": "a" * 40_000}, headers=headers).status_code == 422
    assert browsers[1].client.post("/api/session/cleared", json={"text": "a"}, headers=headers).status_code == 403


def test_a_decided_conflict_builds_on_the_session_only_where_its_text_is_the_one_that_was_seen(wire: Wire, record: state.PageState):
    wire.state["gen/Dockerfile"] = Held(3, {"text": "FROM a\n", "sha256": "0"}, "ann", 0)
    sharing.take_file("Dockerfile", "FROM a\n")  # whatever its number was before the session began anew
    assert record.shared.revs["gen/Dockerfile"] == 3
    sharing.take_file("Dockerfile", "FROM b\n")  # the same number may be another text in a session that began anew
    assert record.shared.revs["gen/Dockerfile"] == 0  # which the session has passed: it becomes a clash again
    del wire.state["gen/Dockerfile"]
    sharing.take_file("Dockerfile", "FROM a\n")
    assert record.shared.revs["gen/Dockerfile"] == 0  # nothing is there: it is shared as a new one


def test_a_page_that_drew_a_file_which_then_changed_is_drawn_again(wire: Wire, record: state.PageState):
    wire.state["gen/Dockerfile"] = Held(3, {"text": "x"}, "ann", 0)
    assert not sharing.publish()  # no page with files on it
    sharing.listed()
    assert not sharing.publish()
    wire.state["gen/Dockerfile"] = Held(4, {"text": "y"}, "ann", 0)
    assert sharing.publish()


def test_a_file_that_changed_since_it_was_shown_is_not_taken_and_the_page_says_so(wire: Wire, record: state.PageState):
    wire.state["gen/Dockerfile"] = Held(4, {"text": "FROM b\n"}, "bob", 0)
    files._take("Dockerfile", "FROM a\n", "Bob")
    assert record.verdict is None
    assert "changed again" in record.shared.notice


def test_a_page_is_drawn_again_once_the_app_is_back_in_its_session(wire: Wire, record: state.PageState, monkeypatch: pytest.MonkeyPatch):
    lost = SimpleNamespace(connected=False)
    monkeypatch.setattr(together, "client_of", lambda _held: lost)
    monkeypatch.setattr(sharing, "_client", lambda: None)
    sharing.seen()
    assert (sharing.away(), sharing.back()) == (True, False)
    lost.connected = True
    monkeypatch.setattr(sharing, "_client", lambda: wire)
    assert (sharing.away(), sharing.back()) == (False, True)


def test_a_page_whose_session_is_over_does_not_wait_for_it(wire: Wire, record: state.PageState, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(together, "client_of", lambda _held: None)
    assert not sharing.away()
