"""The Ask page in Streamlit's own test runner: empty, asked, applied, stopped, cleared."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.asking.progress import Exchange
from engine.asking.records import Chooser, Mode, Pick, Reply, Source
from engine.generate import read_profile, suggest_selection
from tests.support.pages import Frame
from workspace.files import open_workspace

SHOP = Path(__file__).resolve().parents[2] / "examples" / "sample-shop"
DOCKERFILE = 'FROM python:3.12-slim-bookworm\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["python", "wsgi.py"]'


@pytest.fixture
def frame(clean_settings) -> Frame:
    made = Frame("ask")
    workspace = open_workspace(str(SHOP))
    made.state.workspace = workspace
    made.state.found = made.state.profile = read_profile(workspace)
    made.state.selection = suggest_selection(made.state.profile)
    made.run()
    return made


def answered(frame: Frame) -> Frame:
    """Wait until the answer is there, then draw the page as its browser would."""
    deadline = time.monotonic() + 60
    while frame.state.asking is not None and not frame.state.asking.over and time.monotonic() < deadline:
        time.sleep(0.02)
    frame.run()
    return frame


def shown(frame: Frame, **reply: object) -> Frame:
    made = Reply(
        question="What?",
        **{"text": "An answer.", "mode": Mode.EXPERT, "picks": (Pick("containers", "Containers", "it fits", "GPT"),)} | reply,
    )
    frame.state.conversation = (Exchange(question="What?", reply=made),)
    frame.run()
    return frame


def test_without_a_workspace_the_page_says_what_to_do(clean_settings):
    frame = Frame("ask")
    assert "Open a folder or try the sample" in frame.words()


def test_an_empty_page_offers_questions_that_fit_and_one_click_asks(frame):
    assert "no vendor is set up" in frame.words()
    labels = [button.label for button in frame.test.button if (button.key or "").startswith("ask_example_")]
    assert "Which services does it need?" in [label.replace("\\", "") for label in labels]
    frame.click("ask_example_0")
    answered(frame)
    (entry,) = frame.state.conversation
    assert "8000" in entry.reply.text
    assert "Built-in architect" in frame.words()


def test_a_source_is_a_button_that_opens_the_file(frame):
    shown(frame, sources=(Source("Procfile", 1),))
    frame.click("ask_source_0_0")
    assert "gunicorn" in frame.words()


def test_a_file_of_an_answer_leads_to_the_difference_and_nothing_is_written(frame, monkeypatch):
    went: list[str] = []
    monkeypatch.setattr("ui.widgets.ask.answers.go", went.append)
    before = sorted(path.name for path in SHOP.iterdir())
    shown(frame, text=f"Here:\n\n```Dockerfile\n{DOCKERFILE}\n```\n")
    frame.click("ask_apply_0_1")
    assert went == ["deliver"]
    assert [artifact.path for artifact in frame.state.verdict.artifacts] == ["Dockerfile"]
    assert frame.state.verdict.assessment is not None
    assert sorted(path.name for path in SHOP.iterdir()) == before


def test_a_block_without_a_file_name_offers_nothing_to_apply(frame):
    shown(frame, text="Run this:\n\n```bash\nrm -rf /\n```\n")
    assert not [button for button in frame.test.button if (button.key or "").startswith("ask_apply_")]


def test_masked_secrets_and_notes_are_said(frame):
    shown(frame, secrets_masked=2, notes=("GPT failed: no. Gemini answered instead.",), chosen_by=Chooser.MODEL)
    assert "2 secrets masked" in frame.words()
    assert "Gemini answered instead" in frame.words()


def test_conversations_belong_to_their_workspace_and_can_be_cleared(frame):
    shown(frame)
    frame.go("review")
    frame.go("ask")
    assert len(frame.state.conversation) == 1
    here, frame.state.workspace = frame.state.workspace, open_workspace(str(SHOP.parent))
    assert frame.state.conversation == ()
    frame.state.workspace = here
    frame.click("ask_clear")
    assert frame.state.conversation == ()


def test_a_question_that_was_stopped_keeps_what_had_come(frame):
    frame.state.conversation = (Exchange(question="What?", partial="Half an ans", problem="Stopped."),)
    frame.run()
    assert "Half an ans" in frame.words()
    assert "Stopped." in frame.words()


def test_with_a_key_the_experts_can_be_chosen(frame):
    frame.state.keys["openai"] = {"api_key": "sk-test-0123456789"}
    frame.run()
    assert [box.label for box in frame.test.selectbox if (box.key or "").startswith("ask_")] == ["Roster", "Expert"]
