"""`@architect` in a session's chat: streamed to all, said whole at the end, with no secret in it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.ask import NothingAsked
from engine.asking.progress import Progress
from engine.asking.records import Mode, Reply, Source
from ui.widgets.collaborate.architect import CHARS, MOST, NO_FOLDER, STREAM, answer, parts

SECRET = "AKIAQ4J5Y7R2T6W8N3PZ"


class Wire:
    """The app's end of a session that notes what it is given."""

    def __init__(self, role: str = "editor"):
        self.role = role
        self.told: list[tuple[str, Any]] = []

    async def set(self, key: str, value: Any, base_rev: int | None = None) -> int:
        self.told.append((key, value))
        return len(self.told)


async def _work(tell: Any) -> Reply:
    for text in ("It listens", f"It listens on 8000, key {SECRET}"):
        tell(Progress(text=text))
        await asyncio.sleep(0.05)
    return Reply(
        question="?", text=f"It listens on 8000, key {SECRET}.", mode=Mode.BUILT_IN, sources=(Source("Procfile", 1),), notes=("one failed",)
    )


async def test_an_answer_streams_under_its_own_key_and_is_then_said_in_the_chat_with_its_sources():
    wire = Wire()
    await answer(wire, _work, pace_s=0.01)  # type: ignore[arg-type]
    streamed = [value["answer"] for key, value in wire.told if key.startswith(STREAM) and value is not None]
    (said,) = [value for key, value in wire.told if key == "chat"]
    assert "It listens" in streamed
    assert said["about"] == "architect"
    assert "Sources: Procfile:1" in said["text"]
    assert "one failed" in said["text"]
    assert wire.told[-1][0].startswith(STREAM)
    assert wire.told[-1][1] is None


async def test_no_secret_leaves_in_an_answer_neither_while_it_comes_nor_at_the_end():
    wire = Wire()
    await answer(wire, _work, pace_s=0.01)  # type: ignore[arg-type]
    assert SECRET not in str(wire.told)


async def test_what_a_viewer_asks_is_answered_in_the_chat_alone():
    wire = Wire("viewer")
    await answer(wire, _work, pace_s=0.01)  # type: ignore[arg-type]
    assert [key for key, _ in wire.told] == ["chat"]


async def test_what_cannot_be_answered_is_said_and_nothing_is_left_streaming():
    async def refuses(_tell: Any) -> Reply:
        raise NothingAsked("The question is empty.")

    for work, words in ((refuses, "The question is empty."), (None, NO_FOLDER)):
        wire = Wire()
        await answer(wire, work, pace_s=0.01)  # type: ignore[arg-type]
        assert [value["text"] for key, value in wire.told if key == "chat"] == [words]
        assert wire.told[-1][1] is None


@pytest.mark.parametrize("text", ["short", "a line\n" * 900, "x" * 9_000, "a line\n" * 9_000])
def test_a_long_answer_becomes_messages_that_the_chat_takes(text: str):
    made = parts(text)
    assert 1 <= len(made) <= MOST
    assert all(0 < len(part) <= CHARS for part in made)
    if len(text) < CHARS * (MOST - 1):
        assert sum(part.count("a line") + part.count("x") for part in made) == text.count("a line") + text.count("x")
    elif len(text) > CHARS * MOST:
        assert "left out" in made[-1]
