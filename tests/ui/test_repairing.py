"""The Repair button: offered where something is to repair, told while it goes on, stopped by Cancel, kept when it improved."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from architect.request import Target
from artifacts.judge import assess_artifacts
from engine.choose import COMPOSED
from engine.generate import prepare, read_profile
from engine.job import JobState
from engine.runs import RunStore
from providers.outcomes import NOBODY_PASSED
from tests.support.pages import ROOT, Frame
from tests.support.verdicts import answered, file, verdict

SHOP = ROOT / "examples" / "sample-shop"
POOR = 'FROM python:latest\nWORKDIR /app\nCOPY . .\nEXPOSE 5001\nCMD ["gunicorn", "wsgi:app"]\n'


@pytest.fixture
def page(clean_settings) -> Frame:
    """Review of a poor verdict for the sample shop, which was asked for in this visit."""
    frame = Frame("review")
    frame.open(SHOP)
    workspace = frame.state.workspace
    prepared = prepare(workspace, read_profile(workspace), [Target("dockerfile")])
    judged = asyncio.run(assess_artifacts([file(POOR)], prepared.prompt.expectations))
    shown = replace(verdict(answered(0, file(POOR))), assessment=judged, warnings=(NOBODY_PASSED, "One member was replaced."))
    frame.state.sent, frame.state.verdict = prepared, shown
    RunStore(clean_settings / "history.sqlite3").save(
        shown, owner="", workspace=str(SHOP), targets=("dockerfile",), preset="balanced", instruction="", prompt="P"
    )
    frame.run()
    return frame


def finish(page: Frame) -> None:
    job = page.state.repairing
    for _ in range(600):
        if job.over:
            break
        threading.Event().wait(0.05)
    assert job.over
    page.run()


def test_what_can_be_repaired_is_counted_and_repaired_by_a_click(page, clean_settings):
    before = page.state.verdict
    assert "remarks of the validators could be repaired" in page.words()
    page.click("repair")
    finish(page)
    after = page.state.verdict
    assert after.assessment.score > before.assessment.score
    assert after.assessment.clean
    assert after.warnings == ("One member was replaced.",)
    assert page.test.session_state["candidate"] == COMPOSED
    assert "Repaired: score" in page.words()
    assert any("kept" in expander.label for expander in page.test.expander)
    kept = RunStore(clean_settings / "history.sqlite3").load("", "r1").verdict
    assert kept.artifacts == after.artifacts
    assert any(reason.startswith("Repaired: ") for reason in kept.reasons)


def test_the_rounds_of_repair_can_be_set(page):
    page.unfold()
    page.test.number_input(key="repair_rounds").set_value(5)
    page.run()
    assert page.test.session_state["repair_rounds"] == 5


def test_a_clean_verdict_has_nothing_to_repair(page):
    page.state.verdict = replace(page.state.verdict, assessment=answered(0, file(POOR)).assessment, run_id="r2")
    page.state.sent = None
    page.run()
    assert not [button for button in page.test.button if button.key == "repair"]


def test_cancel_leaves_the_verdict_as_it_was(page, monkeypatch):
    async def endless(*_: object, on_event, **__: object):
        await asyncio.Event().wait()

    monkeypatch.setattr("ui.widgets.review.repairing.repair", endless)
    before = page.state.verdict
    page.click("repair")
    assert "Repairing:" in page.words()
    page.click("repair_cancel")
    page.run()
    assert page.state.repairing.state is JobState.STOPPED
    assert page.state.verdict is before
    assert "stopped" in page.words()


def test_a_fault_of_the_program_is_told_with_its_id(page, monkeypatch):
    async def broken(*_: object, on_event, **__: object):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("ui.widgets.review.repairing.repair", broken)
    page.click("repair")
    finish(page)
    assert "error id" in page.words()
    assert "secret detail" not in page.words()


def test_a_verdict_that_changed_meanwhile_is_not_overwritten(page, monkeypatch):
    page.click("repair")
    changed = replace(page.state.verdict, reasons=("You took something.",))
    page.state.verdict = changed
    finish(page)
    assert page.state.verdict is changed
    assert "changed while it was repaired" in page.words()
