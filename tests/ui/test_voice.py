"""The voice room's socket lets in the pages of a session's members alone, and its settings hold no password that is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from config import Settings
from telemetry.logs import _operator_secrets
from ui import together, voice
from ui.sessions import REGISTRY

TURN = {"urls": "turn:turn.example.org:3478?transport=tcp", "username": "omni", "credential": "s3cret-of-the-relay"}


class Member:
    """The app's end of a session."""

    session, you, role = "s", "ann", "viewer"
    members = {"ann": {"name": "Ann", "role": "viewer"}}  # noqa: RUF012


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    there = SimpleNamespace(client=Member())
    monkeypatch.setattr(together, "client_of", lambda held: there.client)
    monkeypatch.setattr(voice, "LOOK_S", 0.02)
    yield there
    voice.close()


def test_a_member_is_told_who_is_there_and_no_server_to_ask(browsers, member):
    held = REGISTRY.open(browsers[0].id)
    with browsers[0].socket("/api/voice") as socket:
        socket.send_json({"session": held.token})
        assert socket.receive_json() == {"type": "ready", "ice": []}
        assert socket.receive_json() == {"type": "people", "people": []}
        socket.send_json({"type": "join", "offer": "v=0", "speaks": True, "muted": False})
        assert socket.receive_json()["type"] == "refused"
        assert not voice.in_call(held)
        member.client = None  # removed meanwhile
        assert socket.receive_json() == {"type": "ended", "why": "You are no longer in this session."}
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


@pytest.mark.parametrize("whose", ["anothers", "nobodys"])
def test_a_page_of_another_browser_is_not_let_in(browsers, member, whose):
    token = REGISTRY.open(browsers[1].id).token if whose == "anothers" else "x"
    with browsers[0].socket("/api/voice") as socket:
        socket.send_json({"session": token})
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 4404


def test_a_page_in_no_session_is_not_let_in(browsers, member):
    member.client = None
    with browsers[0].socket("/api/voice") as socket:
        socket.send_json({"session": REGISTRY.open(browsers[0].id).token})
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 4404


@pytest.mark.parametrize("message", [{"type": "speak"}, {"type": "join", "offer": "x" * 25_000, "speaks": True, "muted": False}, [1]])
def test_what_is_no_message_ends_the_socket(browsers, member, message):
    with browsers[0].socket("/api/voice") as socket:
        socket.send_json({"session": REGISTRY.open(browsers[0].id).token})
        socket.receive_json()
        socket.receive_json()
        socket.send_json(message)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


@pytest.fixture
def read(clean_settings, monkeypatch: pytest.MonkeyPatch):
    def reading(value: object) -> Settings:
        monkeypatch.setenv("WEBRTC_ICE_SERVERS", value if isinstance(value, str) else json.dumps(value))
        return Settings()

    return reading


def test_no_server_is_asked_by_default_and_ones_own_are_given_to_both_ends(read, monkeypatch):
    assert read("").webrtc_ice_servers == () == Settings.model_fields["webrtc_ice_servers"].default
    found = read([TURN, {"urls": ["stun:stun.example.org"]}])
    monkeypatch.setattr(voice, "settings", lambda: found)
    turn, stun = (voice._for_browser(relay) for relay in voice.relays())
    assert turn == {**TURN, "urls": [TURN["urls"]]}
    assert stun == {"urls": ["stun:stun.example.org"]}
    assert "s3cret" not in f"{found!r} {found.model_dump()} {voice.relays()!r}"
    assert TURN["credential"] in _operator_secrets(found), "the log takes it out wherever it stands"


@pytest.mark.parametrize(
    "value",
    [
        "stun:stun.example.org",
        "{",
        [{"urls": "http://example.org"}],
        [{"urls": "stun:a b"}],
        [{**TURN, "urls": "turns:turn.example.org?transport=udp"}],
        [{"urls": "turn:turn.example.org", "username": "s3cret-of-the-relay"}],
        [{**TURN, "urls": []}],
        [{**TURN, "password": "s3cret-of-the-relay"}],
        [{"urls": "stun:stun.example.org"}] * 5,
        '[{"credential": "s3cret-of-the-relay"',
    ],
)
def test_an_unusable_list_is_refused_without_telling_what_it_holds(read, value):
    with pytest.raises(ValidationError) as problem:
        read(value)
    told = "\n".join(f"The setting {str(error['loc'][0]).upper()} is not usable: {error['msg']}." for error in problem.value.errors())
    assert "WEBRTC_ICE_SERVERS" in told
    assert "s3cret" not in told
