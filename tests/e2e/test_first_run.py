"""A newcomer's first two minutes: no key, no Git settings, no repository, and nothing read; from the link to a commit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import steps
from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.steps import generate, logged_faults, settled
from tests.support.git_server import git

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app on a machine whose user has told Git nothing."""
    data = tmp_path_factory.mktemp("data")
    home = tmp_path_factory.mktemp("home")
    started = start_app(data, HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), GIT_CONFIG_NOSYSTEM="1")
    yield started
    stop_app(started)


def click(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} button").click()
    settled(page)


def test_from_the_link_to_a_commit_by_the_buttons_that_stand_out(context: BrowserContext, newcomer: App):
    page = context.new_page()
    page.goto(newcomer.link)
    click(page, "open_sample")
    generate(page)
    click(page, "apply")
    page.wait_for_url(re.compile("/deliver$"))
    expect(page.locator(".st-key-apply button")).to_contain_text(re.compile(r"Apply \d files"))
    click(page, "apply")
    expect(page.get_by_text(re.compile("Wrote .*Dockerfile"))).to_be_visible()

    expect(page.get_by_text("no Git repository yet")).to_be_visible()
    page.get_by_role("button", name="Start a Git repository here").click()
    settled(page)
    click(page, "git_stage_all")
    expect(page.locator(".st-key-git_commit button")).to_be_enabled()
    click(page, "git_commit")
    expect(page.get_by_text("Git knows no name and address for you. Give both here")).to_be_visible()
    for field, text in (("git_name", "Ann Newcomer"), ("git_email", "ann@example.org")):
        page.locator(f".st-key-{field} input").fill(text)
    page.locator(".st-key-git_commit button").click()  # at once, as a person does: leaving the field and the click come together
    expect(page.get_by_text(re.compile(r"Committed [0-9a-f]{7}"))).to_be_visible()

    (folder,) = (newcomer.data / "samples").glob("*/sample-shop")
    assert git(Path(folder), "log", "-1", "--format=%an %ae") == "Ann Newcomer ann@example.org"
    assert "Dockerfile" in git(Path(folder), "show", "--name-only", "--format=")
    assert not logged_faults(newcomer)


def test_every_empty_page_says_what_to_do_next(context: BrowserContext, newcomer: App):
    page = context.new_page()
    page.goto(newcomer.link)
    expect(page.get_by_text("paste an address to clone it")).to_be_visible()
    for address, next_step in (
        ("review", "Generate"),
        ("deliver", "Generate"),
        ("ask", "Generate"),
        ("monitor", "Generate"),
        ("collaborate", "Create"),
    ):
        page.goto(f"{newcomer.address}/{address}")
        settled(page)
        expect(page.get_by_test_id("stMain")).to_contain_text(next_step)


def test_a_link_that_is_clicked_out_of_a_field_leads_where_it_says_and_the_words_are_kept(page: Page):
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".st-key-generate button")).to_be_enabled()
    for words, name in (("use Alpine", "Ask"), ("use Alpine, please", "Monitor"), ("use distroless", "Deliver")):
        steps.settled(page)
        field = page.locator(".st-key-instruction textarea")
        field.click()
        field.fill(words)
        page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click(delay=0)
        page.wait_for_url(re.compile(f"/{name.lower()}$"))
        page.wait_for_timeout(1_000)  # the way back came within a quarter of a second
        expect(page).to_have_url(re.compile(f"/{name.lower()}$"))
        steps.settled(page)
        steps.go(page, "Generate")
        expect(page.locator(".st-key-instruction textarea")).to_have_value(words)
