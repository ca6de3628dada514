"""The Experiments page in Streamlit's own test runner: empty, started, stopped, gone on with, exported; and sets that mean harm."""

from __future__ import annotations

import time

import pytest

from engine.experiments import export
from providers.base import Prompt
from providers.vendors.architect import ArchitectProvider
from tests.support.pages import Frame
from ui.sessions import REGISTRY

ONE = "questions: [{id: d, repository: sample, target: dockerfile}, {id: t, ask: <b>2 and 2?</b>, expect: 4}]"


@pytest.fixture
def frame(clean_settings) -> Frame:
    return Frame("experiments")


def pasted(frame: Frame, text: str) -> Frame:
    frame.test.segmented_control(key="experiment_source").set_value("Paste")
    frame.run()
    frame.test.text_area(key="experiment_pasted").set_value(text)
    frame.run()
    return frame


def ended(frame: Frame) -> Frame:
    """Wait until the experiment is over, then draw the page as its browser would."""
    job = frame.state.experiment_job
    deadline = time.monotonic() + 60
    while job is not None and not job.over and time.monotonic() < deadline:
        time.sleep(0.02)
    frame.run()
    return frame


def test_an_empty_page_teaches_and_says_what_it_would_take(frame: Frame) -> None:
    words = frame.words()
    assert "Nothing was asked yet" in words
    assert "24 runs, 48 calls, free" in words
    assert "4 repository questions, 8 text questions" in "".join(expander.label for expander in frame.test.expander).replace("\\", "")


def test_it_runs_fills_the_table_and_goes_on_without_asking_again(frame: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Prompt] = []
    complete = ArchitectProvider.complete

    async def counted(self, prompt, options, on_delta=None):  # type: ignore[no-untyped-def]
        calls.append(prompt)
        return await complete(self, prompt, options, on_delta)

    monkeypatch.setattr(ArchitectProvider, "complete", counted)
    pasted(frame, ONE)
    assert "2 runs, 6 calls, free" in frame.words()
    frame.click("experiment_start")
    ended(frame)
    words = frame.words()
    assert "1 of 1 right, 1 not asked" in words
    assert {metric.label for metric in frame.test.metric} == {"Fastest", "Cheapest", "Most reliable", "Best value"}
    assert "Nobody was asked again" in words
    assert "&lt;b&gt;2 and 2?&lt;/b&gt;" in words  # what a file says is text
    assert len(calls) == 6
    assert "2 runs were answered earlier" in words
    frame.click("experiment_start")
    ended(frame)
    assert len(calls) == 6
    found = frame.state.experiment_results
    assert found is not None
    assert found.finished
    assert export.figures_csv(found).count("\n") == 3


def test_stop_ends_the_calls_and_shows_what_there_is(frame: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    ended_calls: list[str] = []

    async def hangs(self, prompt, options, on_delta=None):  # type: ignore[no-untyped-def]
        import asyncio

        try:
            await asyncio.Event().wait()
        finally:
            ended_calls.append(self.model)

    monkeypatch.setattr(ArchitectProvider, "complete", hangs)
    pasted(frame, ONE)
    frame.click("experiment_start")
    assert frame.test.button(key="experiment_stop")
    frame.click("experiment_stop")
    ended(frame)
    assert "Stopped after 0 of 2 runs" in frame.words()
    deadline = time.monotonic() + 20
    while len(ended_calls) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(ended_calls) in (0, 6)  # those that had begun, and all of them


def test_a_session_that_is_left_for_good_ends_its_experiment(frame: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(self, prompt, options, on_delta=None):  # type: ignore[no-untyped-def]
        import asyncio

        await asyncio.Event().wait()

    monkeypatch.setattr(ArchitectProvider, "complete", hangs)
    pasted(frame, ONE)
    frame.click("experiment_start")
    job = frame.state.experiment_job
    assert job is not None
    REGISTRY.close_all()
    assert job.over  # the record its page left behind ended it


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questions: [", "not usable YAML"),
        ("questions: [{repository: /etc, target: dockerfile}]", "sample, or workspace"),
        ("questions: [{repository: ../x, target: dockerfile}]", "sample, or workspace"),
        ("questions: [{repository: workspace, target: dockerfile}]", "No workspace is open"),
        ("questions: [{ask: a, expect: b}]\nconfigurations: [{name: c, preset: nothing}]", "no preset"),
    ],
)
def test_a_wrong_set_is_a_sentence_and_opens_no_folder(frame: Frame, text: str, said: str) -> None:
    pasted(frame, text)
    assert said in frame.words()
    assert not [button for button in frame.test.button if button.key == "experiment_start"]
