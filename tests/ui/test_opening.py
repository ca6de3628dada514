"""Ways into a workspace on the Generate page: an address is cloned with progress, what was opened lately opens again with a click."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git_server import GitServer, serve
from tests.support.pages import ROOT, Frame
from ui.bridge import BRIDGE

FILES = {"requirements.txt": "flask==3.1.0\n", "app.py": "from flask import Flask\napp = Flask(__name__)\n"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serve(tmp_path_factory.mktemp("server")) as running:
        running.make("shop", FILES)
        yield running


@pytest.fixture
def page(clean_settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Frame:
    monkeypatch.setenv("HOME", str(tmp_path))
    return Frame("generate")


def opened(page: Frame, text: str) -> None:
    page.test.text_input(key="workspace_path").set_value(text)
    page.click("open_workspace")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the bridge returned with the job, so that a test can wait for it."""
    submit = BRIDGE.submit

    def kept(coroutine):
        future = submit(coroutine)
        kept.last = future
        return future

    monkeypatch.setattr(BRIDGE, "submit", kept)


def finished(page: Frame) -> None:
    BRIDGE.submit.last.result(60)
    page.run()


def test_an_address_is_cloned_into_the_folder_that_was_confirmed_and_opened_restricted(page, server, tmp_path, watched):
    opened(page, server.url("shop"))
    assert page.state.workspace is None, "nothing is reached before the place is confirmed"
    assert page.test.text_input(key="clone_into").value == str(tmp_path)
    assert page.test.text_input(key="clone_name").value == "shop"
    page.test.text_input(key="clone_into").set_value(str(tmp_path / "code"))
    page.click("clone")
    finished(page)
    assert page.state.workspace.location == str(tmp_path / "code" / "shop")
    assert not page.state.workspace.trusted
    assert page.state.workspace.branch == "main"
    assert "app.py" in page.state.selection


def test_what_cannot_be_cloned_says_why_and_leaves_nothing(page, server, tmp_path, watched):
    opened(page, server.url("missing"))
    page.click("clone")
    finished(page)
    assert page.test.error
    assert page.state.workspace is None
    assert not [entry for entry in tmp_path.iterdir() if "missing" in entry.name or "omni-clone" in entry.name]
    assert page.test.button(key="clone"), "the place can be corrected and tried again"
    page.click("clone_not")
    assert page.state.cloning == ""


@pytest.mark.parametrize("text", ["ext::sh -c id", "https://you:secret@host/p.git", "http://example.org/p.git", "file:///etc/passwd"])
def test_an_address_that_is_none_is_refused_before_anything_is_asked(page, text):
    opened(page, text)
    assert page.state.cloning == ""
    assert page.test.error
    assert "secret" not in page.words()


@pytest.mark.parametrize("into", ["relative", "", "~nobody-there/x"])
def test_the_place_must_be_a_whole_path(page, server, watched, into):
    opened(page, server.url("shop"))
    page.test.text_input(key="clone_into").set_value(into)
    page.click("clone")
    finished(page)
    assert "full path" in page.words()


def test_what_was_opened_lately_opens_with_one_click_and_says_when_it_is_gone(page, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        shutil.copytree(ROOT / "examples" / "sample-shop", folder)
        opened(page, str(folder))
    page.click("recent_0")
    assert page.state.workspace.location == str(first)
    shutil.rmtree(second)
    page.run()
    assert page.test.button(key="recent_0").disabled
    assert "this folder is gone" in page.words()
    page.click("forget_0")
    assert "this folder is gone" not in page.words()


def test_a_first_page_lists_them_under_the_field(clean_settings, tmp_path):
    shutil.copytree(ROOT / "examples" / "sample-shop", tmp_path / "shop")
    opened(Frame("generate"), str(tmp_path / "shop"))
    again = Frame("generate")
    assert "Opened lately" in again.words()
    again.click("recent_0")
    assert again.state.workspace.name == "shop"
