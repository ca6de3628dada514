"""The council's socket: a page watches its own run, misses nothing, and can stop it."""

from __future__ import annotations

import asyncio
import time

import pytest
from starlette.websockets import WebSocketDisconnect

from engine.live import LiveRun, RunState
from providers import events
from providers.records import Member
from ui import council, sessions, sockets
from ui.sessions import REGISTRY

ANN = Member(index=0, id="a/ann", vendor="a", label="Ann", model="ann")


@pytest.fixture
def live(browsers):
    session = REGISTRY.open(browsers[0].id)
    session.run = LiveRun("r1", (ANN,))
    return session


def say(run: LiveRun, text: str) -> None:
    run.feed(events.MemberDelta("r1", 0.0, ANN.id, text))


def until(condition, patience_s: float = 30) -> None:
    deadline = time.monotonic() + patience_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def hello(socket, session, run: str = "r1") -> None:
    socket.send_json({"session": session.token, "run": run})


def collect(socket, *, until_over: bool = True) -> tuple[str, dict]:
    """Take and acknowledge frames until the run is over; returns the text they held and the last one."""
    text = ""
    while True:
        frame = socket.receive_json()
        if frame["type"] != "frame":
            continue
        socket.send_json({"ack": frame["n"]})
        for member in frame["members"]:
            text = member["text"] if member["reset"] else text + member["text"]
        if frame["state"] != "running" and not frame["more"]:
            return text, frame


def test_a_page_is_told_the_members_then_gets_the_whole_text_then_the_end(browsers, live):
    say(live.run, "FROM ")
    with browsers[0].socket() as socket:
        hello(socket, live)
        first = socket.receive_json()
        assert first["type"] == "hello"
        assert [member["label"] for member in first["members"]] == ["Ann"]
        say(live.run, "python")
        live.run.fail("X", "It ended.")
        text, last = collect(socket)
    assert text == "FROM python"
    assert (last["state"], last["message"]) == ("failed", "It ended.")


def test_a_page_that_comes_back_gets_everything_again(browsers, live):
    say(live.run, "first ")
    for _ in range(2):
        with browsers[0].socket() as socket:
            hello(socket, live)
            socket.receive_json()
            assert socket.receive_json()["members"][0]["text"] == "first "
    say(live.run, "second")
    live.run.fail("X", "")
    with browsers[0].socket() as socket:
        hello(socket, live)
        assert collect(socket)[0] == "first second"


def test_a_slow_page_gets_merged_frames_not_a_queue(browsers, live):
    with browsers[0].socket() as socket:
        hello(socket, live)
        socket.receive_json()
        frames = [socket.receive_json()]
        for number in range(200):
            say(live.run, f"{number} ")
            time.sleep(0.002)
        time.sleep(0.2)
        live.run.fail("X", "")
        text = frames[0]["members"][0]["text"]
        while True:  # nothing was acknowledged so far: at most a window of frames is on its way
            frame = socket.receive_json()
            frames.append(frame)
            text += frame["members"][0]["text"]
            socket.send_json({"ack": frame["n"]})
            if frame["state"] != "running" and not frame["more"]:
                break
    assert text == "".join(f"{number} " for number in range(200))
    assert len(frames) <= council.WINDOW + 3


def test_the_stop_message_stops_the_run(browsers, live):
    with browsers[0].socket() as socket:
        hello(socket, live)
        socket.receive_json()
        socket.send_json({"stop": True})
        assert collect(socket)[1]["state"] == "stopped"
    assert live.run.state is RunState.STOPPED


@pytest.mark.parametrize(
    "message",
    ['{"session": "made-up", "run": "r1"}', '{"run": "r1"}', "[]", "nonsense", '{"session": 1, "run": 2}', "x" * 5000],
)
def test_a_page_that_does_not_name_its_own_run_is_turned_away(browsers, live, message):
    with browsers[0].socket() as socket:
        socket.send_text(message)
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == sockets.GONE


def test_another_browser_or_another_run_is_turned_away(browsers, live):
    for browser, run in ((browsers[1], "r1"), (browsers[0], "r2")):
        with browser.socket() as socket:
            hello(socket, live, run)
            with pytest.raises(WebSocketDisconnect) as ended:
                socket.receive_json()
        assert ended.value.code == sockets.GONE
    assert live.run.state is RunState.RUNNING


def test_a_run_that_no_page_watches_any_more_is_cancelled(browsers, live, monkeypatch):
    monkeypatch.setattr(council, "UNWATCHED_S", 0.05)
    with browsers[0].client:
        with browsers[0].socket() as socket:
            hello(socket, live)
            socket.receive_json()
        until(lambda: live.run.state is RunState.STOPPED)


def test_a_run_that_is_watched_again_goes_on(live):
    async def back_in_time() -> None:
        live.run.watchers = 1
        await sessions.cancel_unwatched(live.run, 0.01)

    asyncio.run(back_in_time())
    assert live.run.state is RunState.RUNNING


def test_a_run_that_no_page_ever_watched_is_cancelled(live):
    asyncio.run(sessions.cancel_unwatched(live.run, 0.01))
    assert live.run.state is RunState.STOPPED
