"""The answer's socket: a page hears its own question's answer, misses nothing, and can stop it."""

from __future__ import annotations

import threading

import pytest
from starlette.websockets import WebSocketDisconnect

from engine.asking.progress import ExpertSays, Progress
from engine.asking.records import AnswerText, Chooser, Pick, Routed
from engine.job import Job, JobState
from ui.asking import Cursor
from ui.sessions import REGISTRY

PICKS = (Pick("containers", "Containers", "it fits"),)


@pytest.fixture
def asked(browsers):
    session = REGISTRY.open(browsers[0].id)
    session.asking = Job("Why?", Progress())
    return session


def hear(job: Job, *events) -> None:
    for event in events:
        job._hear(job.progress.after(event))


def until_over(socket) -> tuple[str, list[dict]]:
    """Take and acknowledge frames until the last; returns the answer's text and all frames."""
    text, frames = "", []
    while not frames or not frames[-1]["over"]:
        frame = socket.receive_json()
        frames.append(frame)
        said = frame["voices"][0]
        text = said["text"] if said["reset"] else text + said["text"]
        if not frame["over"]:
            socket.send_json({"ack": frame["n"]})
    return text, frames


def test_a_page_hears_who_answers_each_piece_and_the_end(browsers, asked):
    with browsers[0].socket("/api/answer") as socket:
        socket.send_json({"session": asked.token, "job": asked.asking.id})
        assert socket.receive_json()["doing"] == "Choosing who answers"
        socket.send_json({"ack": 1})
        hear(asked.asking, Routed(PICKS, Chooser.MODEL), AnswerText("It is "), AnswerText("small."))
        asked.asking._end(JobState.FAILED, "No.")
        text, frames = until_over(socket)
    assert text == "It is small."
    assert frames[-1]["badges"] == ["Containers"]


def test_a_page_that_reads_slowly_gets_all_of_the_text_in_few_frames(browsers, asked):
    with browsers[0].socket("/api/answer") as socket:
        socket.send_json({"session": asked.token, "job": asked.asking.id})
        socket.receive_json()
        for number in range(500):
            hear(asked.asking, AnswerText(f"{number} "))
        asked.asking._end(JobState.FAILED, "No.")
        text, frames = until_over(socket)
    assert text == "".join(f"{number} " for number in range(500))
    assert len(frames) < 50


def test_stop_on_the_socket_stops_the_answer_at_once(browsers, asked):
    stopped = threading.Event()
    asked.asking.attach(stopped.set)
    with browsers[0].socket("/api/answer") as socket:
        socket.send_json({"session": asked.token, "job": asked.asking.id})
        socket.receive_json()
        socket.send_json({"stop": True})
        assert socket.receive_json()["over"]
    assert stopped.is_set()
    assert asked.asking.state is JobState.STOPPED


@pytest.mark.parametrize("message", [{}, {"session": "x", "job": "y"}, [], {"session": 1, "job": 2}])
def test_a_page_that_names_no_answer_of_its_own_hears_nothing(browsers, asked, message):
    with browsers[0].socket("/api/answer") as socket:
        socket.send_json(message)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_another_browser_hears_nothing_with_the_right_names(browsers, asked):
    with browsers[1].socket("/api/answer") as socket:
        socket.send_json({"session": asked.token, "job": asked.asking.id})
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_a_session_that_ends_stops_its_answer(asked):
    job = asked.asking
    REGISTRY.close(asked.token)
    assert job.state is JobState.STOPPED


def test_an_answer_that_starts_anew_replaces_what_was_said_and_experts_are_told_apart():
    cursor = Cursor()
    cursor.frame(Progress(text="Half an ans", picks=PICKS), 1, False)
    frame = cursor.frame(Progress(text="Anew", picks=PICKS, experts={"containers": ExpertSays("Hm", by="GPT")}), 2, False)
    assert [(voice["text"], voice["reset"]) for voice in frame["voices"]] == [("Anew", True), ("Hm", False)]
    assert frame["voices"][1]["label"] == "Containers"
    assert frame["voices"][1]["state"] == "answered"


def test_no_control_or_direction_character_reaches_the_page():
    (voice,) = Cursor().frame(Progress(text="a\x1b[31m\u202eb"), 1, False)["voices"]
    assert "\x1b" not in voice["text"]
    assert "\u202e" not in voice["text"]
