"""Secrets on the Generate page: how many are masked where, and the deliberate word that lets one through, for one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import Frame
from ui.sessions import REGISTRY

SECRET = "Zt7" + "rQw9eYp4"


@pytest.fixture
def page(clean_settings, tmp_path: Path) -> Frame:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(f'from flask import Flask\napp = Flask(__name__)\nPASSWORD = "{SECRET}"\n')
    (folder / "requirements.txt").write_text("flask==3.1\n")
    page = Frame("generate")
    page.test.text_input(key="workspace_path").set_value(str(folder))
    page.click("open_workspace")
    return page


def boxes(page: Frame) -> list:
    return [box for box in page.test.checkbox if box.label.startswith("Send this one unmasked")]


def test_what_is_masked_is_said_with_its_file_and_line(page: Frame):
    assert "1 secret masked" in page.words()
    (box,) = boxes(page)
    assert box.label.replace("\\", "") == "Send this one unmasked: password, line 3"
    assert not box.value


def test_a_secret_is_let_through_for_one_run_and_masked_again_for_the_next(page: Frame):
    boxes(page)[0].check()
    page.run()
    assert "1 secret sent as it is" in page.words()
    assert SECRET in page.state.prepared.sending.text
    page.click("generate")
    (session,) = REGISTRY._sessions.values()
    assert session.run.wait(60)
    assert SECRET in page.state.sent.sending.text
    page.run()
    assert not boxes(page)[0].value
    assert SECRET not in page.state.prepared.sending.text
    assert SECRET not in page.state.prompt_text, "what the Review page shows and exports holds none"


def test_a_word_that_is_taken_back_masks_it_again(page: Frame):
    boxes(page)[0].check()
    page.run()
    boxes(page)[0].uncheck()
    page.run()
    assert SECRET not in page.state.prepared.sending.text
    assert "1 secret masked" in page.words()
