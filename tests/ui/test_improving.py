"""Improve what exists on the Deliver page: files listed, a pass run by a click, its result applied like any verdict."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from engine.generate import read_profile
from engine.job import JobState
from engine.runs import RunStore
from tests.support.pages import Frame

COMPOSE = "services:\n  cache:\n    image: redis:latest # cache\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "compose.yaml").write_text(COMPOSE)
    (root / "Dockerfile").write_text('FROM python:3.12-slim\nCMD ["python", "-m", "http.server"]\n')
    return root


@pytest.fixture
def page(clean_settings, shop) -> Frame:
    frame = Frame("deliver")
    frame.open(shop)
    frame.state.found = frame.state.profile = read_profile(frame.state.workspace)
    frame.run()
    return frame


def finish(page: Frame) -> None:
    job = page.state.improving
    for _ in range(600):
        if job.over:
            break
        threading.Event().wait(0.05)
    assert job.over
    page.run()


def test_the_files_that_exist_are_listed_and_hardened_by_a_click(page, shop, clean_settings):
    assert "Improve what exists" in page.words()
    assert "compose.yaml" in page.words()
    page.click("improve_harden")
    finish(page)
    verdict = page.state.verdict
    assert "compose.yaml" in {artifact.path for artifact in verdict.artifacts}
    assert "no-new-privileges" in page.words()
    assert (shop / "compose.yaml").read_text() == COMPOSE, "nothing is written before it is applied"
    assert RunStore(clean_settings / "history.sqlite3").recent("")[0].id == verdict.run_id
    page.click("apply")
    assert "no-new-privileges:true" in (shop / "compose.yaml").read_text()
    assert "# cache" in (shop / "compose.yaml").read_text() or "redis:8" in (shop / "compose.yaml").read_text()


def test_its_result_can_be_reviewed(page):
    page.click("improve_right-size")
    finish(page)
    page.go("review")
    assert "Right" in page.words() or "right-size" in page.words()
    assert page.codes()


def test_a_pass_can_be_cancelled(page, monkeypatch):
    async def endless(*_: object, **__: object):
        await asyncio.Event().wait()

    monkeypatch.setattr("ui.widgets.deliver.improving.improve", endless)
    page.click("improve_harden")
    assert "Improving:" in page.words()
    page.click("improve_cancel")
    page.run()
    assert page.state.improving.state is JobState.STOPPED
    assert "Nothing was changed" in page.words()
    assert page.state.verdict is None


def test_without_such_files_nothing_is_offered(clean_settings, tmp_path):
    frame = Frame("deliver")
    (tmp_path / "bare").mkdir()
    frame.open(tmp_path / "bare")
    frame.state.found = frame.state.profile = read_profile(frame.state.workspace)
    frame.run()
    assert "Improve what exists" not in frame.words()
