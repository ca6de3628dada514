"""The Deliver page: what would change is shown, what was shown is written, and nothing else ever is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.runs import RunRecord, RunStore
from tests.support.pages import Frame
from tests.support.verdicts import SLIM, answered, file, verdict
from workspace import deliver
from workspace.errors import WriteRefused
from workspace.trust import ledger

LONG = "".join(f"RUN echo {number}\n" for number in range(60))
EDITED = LONG.replace("echo 3\n", "echo three\n").replace("echo 50\n", "echo fifty\n")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "wsgi.py").write_text("app = 1\n")
    return folder


@pytest.fixture
def page(clean_settings, shop: Path) -> Frame:
    frame = Frame("deliver")
    frame.open(shop)
    return frame


def show(page: Frame, *files, errors: int = 0) -> None:
    page.state.verdict = verdict(answered(0, *files, errors=errors))
    page.run()


def tick(page: Frame, text: str, value: bool) -> None:
    (box,) = [box for box in page.test.checkbox if text in box.label.replace("\\", "")]
    box.set_value(value)
    page.run()


def test_without_a_workspace_the_page_says_what_to_do(clean_settings):
    page = Frame("deliver")
    assert "No workspace is open" in page.said("info")[0]
    assert page.test.button(key="go_generate")


def test_without_a_result_the_page_says_what_to_do(page):
    page.run()
    assert "nothing to apply yet" in page.said("info")[0]


def test_each_file_says_what_would_become_of_it(page, shop):
    (shop / "Dockerfile").write_text(SLIM.replace("8000", "7000"))
    (shop / "compose.yaml").write_text("services: {}\n")
    (shop / "link").symlink_to("/etc/hostname")
    show(
        page,
        file(SLIM),
        file("services: {}\n", "compose.yaml"),
        file("A=1\n", ".env"),
        file("x\n", "link"),
        file("*.pyc\n", ".dockerignore"),
    )
    words = page.words()
    assert "orange-badge[changed] :gray[+1 −1]" in words
    assert "gray-badge[same] :gray[already as it should be]" in words
    assert "green-badge[new]" in words
    assert any("'.env' is not written" in said for said in page.said("error"))
    assert any("symbolic link" in said for said in page.said("error"))
    assert any("-EXPOSE 7000\n+EXPOSE 8000" in code for code in page.codes())
    assert page.test.button(key="apply").label == "Apply 2 files"


def test_what_is_shown_is_what_is_written_and_undo_puts_back_what_was_there(page, shop):
    before = SLIM.replace("8000", "7000")
    (shop / "Dockerfile").write_text(before)
    show(page, file(SLIM), file("*.pyc\n", ".dockerignore"))
    page.click("apply")
    assert (shop / "Dockerfile").read_text() == SLIM
    assert (shop / ".dockerignore").read_text() == "*.pyc\n"
    assert "Wrote Dockerfile, .dockerignore." in page.said("success")[0]
    assert page.test.button(key="apply").disabled
    (undo,) = [button for button in page.test.button if (button.key or "").startswith("undo_")]
    page.click(undo.key)
    assert (shop / "Dockerfile").read_text() == before
    assert not (shop / ".dockerignore").exists()
    assert "Undone. Restored: Dockerfile. Removed: .dockerignore." in page.said("success")
    assert "undone" in page.words()


def test_a_restricted_folder_shows_the_changes_and_writes_nothing_until_it_is_trusted(clean_settings, shop):
    page = Frame("deliver")
    page.open(shop, gate=ledger(clean_settings))
    show(page, file(SLIM))
    assert page.test.button(key="apply").disabled
    assert "shop is Restricted" in page.words()
    page.click("trust")
    assert "Restricted" not in page.words()
    assert not (shop / "Dockerfile").exists()
    page.click("apply")
    assert (shop / "Dockerfile").read_text() == SLIM
    page.click("distrust")
    assert "shop is Restricted" in page.words()
    page.go("review")
    assert page.test.button(key="prove").disabled


def test_a_file_left_out_is_not_written_and_stays_left_out_on_other_pages(page, shop):
    show(page, file(SLIM), file("*.pyc\n", ".dockerignore"))
    tick(page, ".dockerignore", False)
    page.go("review")
    page.go("deliver")
    assert page.test.button(key="apply").label == "Apply 1 file"
    page.click("apply")
    assert not (shop / ".dockerignore").exists()


def test_a_block_left_out_stays_as_it_is_on_disk(page, shop):
    (shop / "Dockerfile").write_text(LONG)
    show(page, file(EDITED))
    tick(page, "Lines 48 to 54", False)
    page.click("apply")
    assert (shop / "Dockerfile").read_text() == LONG.replace("echo 3\n", "echo three\n")
    assert page.test.button(key="apply").disabled  # the block that was left out stays left out
    assert "nothing is chosen" in page.words()


def test_a_file_edited_since_it_was_shown_stops_the_whole_set(page, shop):
    (shop / "Dockerfile").write_text(LONG)
    show(page, file(EDITED), file("*.pyc\n", ".dockerignore"))
    (shop / "Dockerfile").write_text(LONG + "RUN echo mine\n")
    page.click("apply")
    assert (shop / "Dockerfile").read_text() == LONG + "RUN echo mine\n"
    assert not (shop / ".dockerignore").exists()
    (said,) = page.said("error")
    assert "edited on disk since you saw it" in said
    assert "Nothing was written" in said
    assert any("-RUN echo mine" in code for code in page.codes())


def test_the_second_click_of_a_double_click_is_not_an_error(page, shop):
    show(page, file(SLIM))
    again = page.test.button(key="apply")
    page.click("apply")
    again.click()
    page.run()
    assert page.said("error") == []
    assert (shop / "Dockerfile").read_text() == SLIM


def test_undo_after_an_edit_is_refused_and_loses_nothing(page, shop):
    show(page, file(SLIM))
    page.click("apply")
    (shop / "Dockerfile").write_text("FROM scratch\n")
    (undo,) = [button for button in page.test.button if (button.key or "").startswith("undo_")]
    page.click(undo.key)
    assert (shop / "Dockerfile").read_text() == "FROM scratch\n"
    assert "changed since this set was applied" in page.said("error")[0]


def test_a_disk_that_cannot_be_written_to_is_said(page, monkeypatch):
    def refuse(*_: object) -> None:
        raise WriteRefused("The folder is read-only. Change its permissions.")

    monkeypatch.setattr(deliver, "apply", refuse)
    show(page, file(SLIM))
    page.click("apply")
    assert page.said("error") == ["The folder is read-only. Change its permissions. Nothing was written."]


def test_a_result_with_errors_is_applied_with_open_eyes(page):
    show(page, file(SLIM), errors=2)
    assert "The validators report 2 errors" in page.said("warning")[0]
    assert not page.test.button(key="apply").disabled


def test_a_run_of_another_workspace_says_where_it_would_be_written(page, shop, tmp_path):
    made = replace(verdict(answered(0, file(SLIM))), run_id="old")
    summary = RunStore(tmp_path / "h.sqlite3").save(
        made, owner="", workspace="/code/elsewhere", targets=("dockerfile",), preset="balanced", instruction="", prompt=""
    )
    page.state.reopened, page.state.verdict = RunRecord(summary, "", made), made
    page.run()
    assert page.said("warning") == [f"This run was made for /code/elsewhere, but {shop} is open. Its files would be written here."]
