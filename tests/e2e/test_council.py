"""The live council in a real browser: text as it comes, stopping, leaving, and nothing of one user at another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import App, start_app, stop_app
from tests.e2e.vendors import Vendor, ollama, openai, running, until
from ui.sessions import UNWATCHED_S

pytestmark = pytest.mark.e2e

HOSTILE = '<img src="http://evil.example/a.png" onerror="alert(1)"> ![b](http://evil.example/b.png) [c](javascript:alert(1))\n'
PACE_S = 0.02
ANSWER = HOSTILE + "\n```dockerfile title=Dockerfile\nFROM python:3.12-slim\n" + "RUN true\n" * 60 + 'CMD ["gunicorn", "wsgi:app"]\n```\n'


@dataclass
class House:
    app: App
    openai: Vendor
    ollama: Vendor


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An app with two vendors that drip, so that there is time to look; `balanced` asks the first alone, `diverse` both."""
    cloud, local = openai(ANSWER, PACE_S), ollama(ANSWER, PACE_S)
    with running(cloud, local):
        app = start_app(
            tmp_path_factory.mktemp("data"),
            OPENAI_API_KEY="sk-test-0123456789abcdef",
            OPENAI_BASE_URL=cloud.server.url + "/v1",
            OLLAMA_HOST=local.server.url,
        )
        try:
            yield House(app, cloud, local)
        finally:
            stop_app(app)


def at_work(context: BrowserContext, house: House) -> Page:
    """Open the sample and press Generate."""
    page = context.new_page()
    page.goto(house.app.link)
    page.get_by_role("button", name="Try the sample").click()
    page.locator(".st-key-preset").get_by_text("Diverse", exact=True).click()
    expect(page.get_by_text("2 members")).to_be_visible()
    page.locator(".st-key-generate button").click()
    expect(page.locator(".st-key-council .column")).to_have_count(2)
    return page


def said(page: Page) -> str:
    return page.locator(".st-key-council .text").first.text_content() or ""


def test_members_stream_side_by_side_as_plain_text_then_the_verdict_comes(context: BrowserContext, house: House):
    foreign: list[str] = []
    context.on(
        "request", lambda request: None if request.url.startswith((house.app.address, "blob:", "data:")) else foreign.append(request.url)
    )
    page = at_work(context, house)
    expect(page.locator(".st-key-council .state").first).to_have_text("answering")
    expect(page.locator(".st-key-council .text").first).to_contain_text("FROM python:3.12-slim")
    assert said(page).startswith(HOSTILE)
    expect(page.locator(".st-key-council .picture .said")).to_contain_text("members converge")
    assert page.locator(".st-key-council img").count() == 0
    before = len(said(page))
    page.locator(".st-key-instruction textarea").fill("a change while it runs")
    page.locator(".st-key-instruction textarea").blur()  # a rerun of the page
    expect(page.locator(".st-key-verdict")).to_be_visible()
    assert before > 0
    expect(page.locator(".st-key-verdict")).to_contain_text("Voting, 2 of 2 members")
    expect(page.locator(".st-key-verdict")).to_contain_text("FROM python:3.12-slim")
    assert foreign == []


def test_stop_ends_the_calls_and_keeps_what_was_said(context: BrowserContext, house: House):
    page = at_work(context, house)
    expect(page.locator(".st-key-council .text").first).to_contain_text("FROM")
    cut = house.openai.closed + house.ollama.closed
    page.locator(".st-key-stop button").click()
    expect(page.get_by_text(re.compile("Stopped after .*0 of 2 members had answered"))).to_be_visible()
    expect(page.locator(".st-key-generate button")).to_be_visible()
    until(lambda: house.openai.closed + house.ollama.closed >= cut + 2)
    assert "FROM" in said(page)


@pytest.mark.slow
def test_looking_at_another_page_does_not_end_the_run_but_closing_the_tab_does(context: BrowserContext, house: House):
    vendors = (house.openai, house.ollama)
    for vendor in vendors:
        vendor.protocol.fault = vendor.dripping(0.4)
    try:
        page = at_work(context, house)
        expect(page.locator(".st-key-council .text").first).to_contain_text("img")
        cut = [vendor.closed for vendor in vendors]
        page.get_by_role("link", name="Review").click()
        expect(page.locator(".st-key-council")).to_have_count(0)
        page.wait_for_timeout((UNWATCHED_S + 1) * 1000)
        assert [vendor.closed for vendor in vendors] == cut
        page.get_by_role("link", name="Generate").click()
        expect(page.locator(".st-key-council .state").first).to_have_text("answering")
        page.close()
        until(lambda: all(vendor.closed > before for vendor, before in zip(vendors, cut, strict=True)))
    finally:
        for vendor in vendors:
            vendor.protocol.fault = vendor.dripping(PACE_S)


def test_two_browsers_at_once_see_their_own_run_only(chromium: Browser, house: House, tmp_path: Path):
    contexts = [chromium.new_context() for _ in range(2)]
    try:
        pages = []
        for number, context in enumerate(contexts):
            folder = tmp_path / f"shop{number}"
            folder.mkdir()
            (folder / "requirements.txt").write_text("flask==3.1\n")
            (folder / "app.py").write_text(f"from flask import Flask\napp = Flask(__name__)\napp.run(port={7000 + number})\n")
            page = context.new_page()
            page.goto(house.app.link)
            page.locator(".st-key-workspace_path input").fill(str(folder))
            page.locator(".st-key-open_workspace button").click()
            expect(page.locator(".st-key-facts")).to_contain_text(str(7000 + number))
            page.locator(".st-key-instruction textarea").fill(f"word-of-{number}")
            page.locator(".st-key-instruction textarea").blur()
            pages.append(page)
        asked = len(house.openai.server.requests)
        for page in pages:
            page.locator(".st-key-generate button").click()
            expect(page.locator(".st-key-council .column")).to_have_count(1)
        pages[0].locator(".st-key-stop button").click()
        expect(pages[0].get_by_text("Stopped after")).to_be_visible()
        expect(pages[1].locator(".st-key-verdict")).to_be_visible()
        assert pages[0].locator(".st-key-verdict").count() == 0
        bodies = [request.body.decode() for request in house.openai.server.requests[asked:]]
        for number in range(2):
            (mine,) = [body for body in bodies if f"word-of-{number}" in body]
            assert f"word-of-{1 - number}" not in mine
            assert str(7001 - number) not in mine
            expect(pages[number].locator(".st-key-facts")).to_contain_text(str(7000 + number))
    finally:
        for context in contexts:
            context.close()


def test_nothing_breaks_on_a_telephone(chromium: Browser, house: House):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    try:
        page = context.new_page()
        page.goto(house.app.link)
        page.get_by_role("button", name="Try the sample").click()
        page.locator(".st-key-generate button").click()
        expect(page.locator(".st-key-council .column")).to_have_count(1)
        wide = page.evaluate(
            "[...document.querySelectorAll('[data-testid=stMain], .st-key-council, .st-key-files')].map(e => e.scrollWidth - e.clientWidth)"
        )
        assert max(wide) <= 0
        expect(page.locator(".st-key-verdict")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        context.close()
