"""The whole way in a real browser: a clone of a real Git server, generated, reviewed, applied, committed, pushed, and read back there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import ROOT, App, start_app, stop_app
from tests.e2e.steps import go, settled
from tests.support.git_server import GitServer, git, serve
from workspace.repository import remotes

pytestmark = pytest.mark.e2e
EXAMPLE = ROOT / "tests" / "examples" / "python-fastapi-uv"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serve(tmp_path_factory.mktemp("server")) as running:
        files = {str(path.relative_to(EXAMPLE)): path.read_text() for path in EXAMPLE.rglob("*") if path.is_file()}
        running.make("orders", files)
        yield running


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")
    started = start_app(tmp_path_factory.mktemp("data"), HOME=str(home))
    yield started
    stop_app(started)


def clone(server: GitServer, folder: Path) -> Path:
    """Clone in a loop of its own; the browser's driver holds this thread's."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, remotes.clone(server.url("orders"), folder)).result()


def pressed(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} button").first.click()
    settled(page)


def test_from_a_server_to_a_pushed_branch(page: Page, app: App, server: GitServer, tmp_path: Path):
    trouble = steps.watched(page, app)
    folder = clone(server, tmp_path)
    steps.open_folder(page, folder)
    expect(page.locator(".st-key-trust_chip")).to_contain_text("Restricted")
    expect(page.locator(".st-key-trust_chip")).to_contain_text("main")
    steps.generate(page)
    go(page, "Review")
    expect(page.get_by_role("radiogroup", name="Candidates").get_by_role("radio")).to_have_count(3)
    page.locator(".st-key-to_deliver button").click()
    expect(page.get_by_text("Git is not started in a Restricted folder")).to_be_visible()
    settled(page)
    expect(page.locator(".st-key-apply button")).to_be_disabled()
    steps.trust(page)
    expect(page.locator(".st-key-trust_chip")).to_contain_text("Trusted")
    pressed(page, "apply")
    expect(page.get_by_text("Undo below puts back what was there")).to_be_visible()

    page.locator(".st-key-git_bar").get_by_role("button", name="Branch").click()
    page.locator(".st-key-git_new_branch input").fill("deploy/docker")
    page.locator(".st-key-git_new_branch input").blur()
    settled(page)
    page.locator(".st-key-git_create button").click()
    expect(page.locator(".st-key-git_bar")).to_contain_text("deploy/docker")
    page.keyboard.press("Escape")
    pressed(page, "git_stage_all")
    expect(page.locator(".st-key-git_message textarea")).to_have_value(steps.re.compile("^(Add|Update) "))
    page.locator(".st-key-git_commit button").click()
    expect(page.get_by_text("Committed")).to_be_visible()
    page.locator(".st-key-git_push button").click()
    expect(page.get_by_text("Pushed deploy/docker to")).to_be_visible()
    expect(page.locator(".st-key-git_bar")).to_contain_text("up to date with origin/deploy/docker")
    expect(page.locator(".omni.log .row")).to_have_count(2)
    expect(page.locator(".omni.log .point")).to_have_count(2)

    page.get_by_role("tab", name="Commands").click()
    page.locator(".st-key-command_line input").fill("git show --name-only")
    page.locator(".st-key-command_line input").press("Enter")
    page.locator(".st-key-command_run button").click()
    expect(page.get_by_text("done in").first).to_be_visible()

    bare = server.root / "orders.git"
    on_server = git(bare, "ls-tree", "-r", "--name-only", "deploy/docker").splitlines()
    assert {"Dockerfile", ".dockerignore", "compose.yaml"} <= set(on_server)
    assert git(bare, "show", "deploy/docker:Dockerfile") + "\n" == (folder / "Dockerfile").read_text()
    assert git(bare, "log", "-1", "--format=%an", "deploy/docker") == "Ann"
    assert trouble == []
    assert steps.logged_faults(app) == []
