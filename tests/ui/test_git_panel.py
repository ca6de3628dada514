"""The Git panel and the commands on the Deliver page: what is ticked is committed, what is shown is run, and Restricted runs nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from config import settings
from engine.activity import Activity, Phase
from tests.e2e.vendors import openai, running
from tests.support.git_server import git, serve
from tests.support.pages import Frame
from workspace.repository.records import Side
from workspace.trust import CLOSED

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text("app = 1\n")
    return folder


@pytest.fixture
def repository(shop: Path) -> Path:
    git(shop, "init", "-q", "-b", "main")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "first")
    return shop


def opened(folder: Path, **how) -> Frame:
    page = Frame("deliver")
    page.open(folder, **how)
    page.run()
    page.unfold("deliver_git", "deliver_commands")
    return page


def file_box(page: Frame, path: str):
    (box,) = [box for box in page.test.checkbox if path in box.label.replace("\\", "")]
    return box


def test_nothing_of_git_is_started_while_the_folder_is_restricted(clean_settings, repository):
    git(repository, "config", "core.fsmonitor", "/nonexistent")
    page = opened(repository, gate=CLOSED)
    assert "Git is not started in a Restricted folder" in page.words()
    assert "No command is run in a Restricted folder" in page.words()
    assert not page.test.text_area


def test_a_repository_is_made_and_gets_its_first_commit(clean_settings, shop):
    page = opened(shop)
    assert "no Git repository yet" in page.words()
    page.click("git_init")
    assert page.test.button(key="git_commit").disabled
    file_box(page, "app.py").check()
    page.run()
    assert page.test.text_area(key="git_message").value == "Add app.py"
    page.click("git_commit")
    assert git(shop, "log", "--format=%s %an") == "Add app.py Ann"
    assert "Nothing differs from the last commit" in page.words()


def test_what_is_ticked_is_committed_and_listeners_hear_of_it(clean_settings, repository):
    (repository / "Dockerfile").write_text("FROM scratch\n")
    (repository / "other").write_text("x\n")
    page = opened(repository)
    heard: list[Activity] = []
    page.state.activity.subscribe(heard.append)
    file_box(page, "Dockerfile").check()
    page.run()
    assert page.test.text_area(key="git_message").value == "Add a container image"
    assert page.test.button(key="git_commit").label == "Commit 1 file"
    page.test.text_area(key="git_message").set_value("Package it\n\nBecause.")
    page.click("git_commit")
    assert git(repository, "log", "-1", "--format=%B") == "Package it\n\nBecause."
    assert git(repository, "status", "--short") == "?? other"
    assert "Package it" in page.words()
    assert [(entry.action, entry.phase) for entry in heard] == [
        ("Stage Dockerfile", Phase.STARTED),
        ("Stage Dockerfile", Phase.DONE),
        ("Commit", Phase.STARTED),
        ("Commit", Phase.DONE),
    ]
    page.test.text_input(key="git_new_branch").set_value("deploy")
    page.click("git_create")
    assert git(repository, "branch", "--show-current") == "deploy"


def test_a_secret_stops_the_commit_until_it_is_let_through(clean_settings, repository):
    (repository / "app.py").write_text(f'token = "{TOKEN}"\n')
    page = opened(repository)
    page.click("git_stage_all")
    assert "would hold 1 secret" in page.said("error")[0]
    assert TOKEN not in page.words()
    assert page.test.button(key="git_commit").disabled
    file_box(page, "Let through").check()
    page.run()
    page.click("git_commit")
    assert git(repository, "log", "-1", "--format=%s") == "Update app.py"


def test_settings_that_run_programs_are_named_and_nothing_else_is_shown(clean_settings, repository):
    git(repository, "config", "core.sshCommand", "/nonexistent")
    page = opened(repository)
    assert "core.sshcommand" in page.said("warning")[0]
    assert not page.test.text_area


def test_all_leaves_out_a_file_whose_name_cannot_be_read_and_says_so(clean_settings, repository):
    (repository / "plain.txt").write_text("a\n")
    (repository / "new\nline.txt").write_text("b\n")
    page = opened(repository)
    page.click("git_stage_all")
    assert git(repository, "diff", "--cached", "--name-only") == "plain.txt"
    (said,) = page.said("error")
    assert "1 file left out" in said
    assert "newnline.txt" in said  # as a reader of the page sees its escape, less the sign that `said` takes away


def test_a_command_is_shown_exactly_before_it_runs(clean_settings, repository):
    page = opened(repository)
    page.test.text_input(key="command_line").set_value("cat app.py | sh")
    page.run()
    assert "There is no shell here" in page.said("warning")[0]
    page.test.text_input(key="command_line").set_value("git log --oneline")
    page.run()
    assert any("git log --no-show-signature" in code for code in page.codes())
    page.click("command_run")
    for _ in range(50):
        if page.state.command_results:
            break
        page.run()
    (result,) = page.state.command_results
    assert result.ok
    assert "first" in result.output


def test_who_told_git_no_name_is_asked_for_it_and_then_commits(clean_settings, shop, tmp_path):
    (tmp_path / ".gitconfig").unlink()
    page = opened(shop)
    page.click("git_init")
    page.click("git_stage_all")
    assert "Git knows no name" in page.words()
    for field, text in (("git_name", "Ann Newcomer"), ("git_email", "ann@example.org")):
        page.test.text_input(key=field).set_value(text)
        page.run()
    page.click("git_commit")
    assert git(shop, "log", "-1", "--format=%an %ae") == "Ann Newcomer ann@example.org"


def test_a_pull_with_a_conflict_asks_for_each_file_and_merges_what_was_chosen(clean_settings, shop, tmp_path):
    with serve(tmp_path / "server") as server:
        server.make("shop", {"app.py": "app = 1\n", "both.py": "a = 1\nb = 1\n"})
        folder = tmp_path / "clone" / "shop"
        git(tmp_path, "clone", "-q", server.url("shop"), str(folder))
        (folder / "app.py").write_text("app = 'mine'\n")
        (folder / "both.py").write_text("a = 'mine'\nb = 1\n")
        git(folder, "commit", "-q", "-a", "-m", "Mine")
        server.commit("shop", {"app.py": "app = 'theirs'\n", "both.py": "a = 'theirs'\nb = 1\n"}, "Theirs")
        page = opened(folder)
        page.click("git_pull")
        for _ in range(100):
            if page.state.git_job is None or page.state.git_job.over:
                break
            time.sleep(0.05)
        page.run()
        assert "Both sides moved" in page.words()
        page.click("git_merge")
        assert "2 files changed on both sides in the same places" in page.words()
        assert any("-app = 'mine'\n+app = 'theirs'" in code for code in page.codes())
        assert page.test.button(key="git_resolve").disabled
        page.click("git_abort")
        assert "Nothing was merged" in page.words()
        assert git(folder, "log", "-1", "--format=%s") == "Mine"

        page.state.git_apart = True
        page.run()
        page.click("git_merge")
        for control, side in zip(page.test.get("button_group"), (Side.THEIRS, Side.BOTH), strict=True):
            control.set_value(side)
        page.run()
        page.click("git_resolve")
        assert "Merged 1 commit" in page.words()
        assert (folder / "app.py").read_text() == "app = 'theirs'\n"
        assert (folder / "both.py").read_text() == "a = 'mine'\na = 'theirs'\nb = 1\n"
        assert "Both sides moved" not in page.words()


def test_a_ready_vendor_drafts_the_message_and_is_told_no_secret(clean_settings, repository, monkeypatch):
    vendor = openai("```text\nPackage the shop\n\nIt can be shipped now.\n```")
    with running(vendor):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{vendor.server.url}/v1")
        settings.cache_clear()
        (repository / "app.py").write_text(f'token = "{TOKEN}"\nport = 8123\n')
        page = opened(repository)
        page.click("git_stage_all")
        assert page.test.text_area(key="git_message").value == "Update app.py"
        page.click("git_draft")
        for _ in range(400):
            if page.state.git_job is None or page.state.git_job.over:
                break
            time.sleep(0.05)
        page.run()
        assert page.test.text_area(key="git_message").value == "Package the shop\n\nIt can be shipped now."
        assert "read it before you commit" in page.words()
        (request,) = [request for request in vendor.server.requests if b"commit messages" in request.body]
        assert b"port = 8123" in request.body
        assert TOKEN.encode() not in request.body
        assert git(repository, "log", "-1", "--format=%s") == "first"
