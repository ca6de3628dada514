"""The Ask page in a real browser with a vendor that streams, is stopped, and tries to be hostile."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e import steps, vendors
from tests.e2e.conftest import start_app, stop_app
from tests.support.payloads import PAYLOADS
from tests.support.vendors.protocol import Fault, Protocol
from tests.support.vendors.server import Exchange

HOSTILE = (
    "It listens on 8000, see `Procfile:1`.\n\n![x](http://evil.example/a.png) <img src='http://evil.example/b.png'>\n\n"
    '```Dockerfile\nFROM python:3.12-slim-bookworm\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["python", "wsgi.py"]\n```\n\n'
)


def opened(page: Page) -> None:
    expect(page.get_by_role("button", name="Try the sample")).to_be_visible(timeout=90_000)
    page.get_by_role("button", name="Try the sample").click()
    expect(page.get_by_text("What we found")).to_be_visible()
    steps.settled(page)
    steps.go(page, "Ask")


def ask(page: Page, question: str) -> None:
    page.locator(".st-key-ask_question textarea").fill(question)
    page.locator(".st-key-ask_question textarea").press("Enter")


def answering_slowly(cloud: vendors.Vendor) -> Fault:
    """Return a way to choose the expert at once and to answer a piece at a time."""

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        choosing = "Choose the one expert" in str(exchange.request.json)
        await cloud.dripping(0.0 if choosing else 0.25)(protocol, exchange)

    return act


def test_a_vendor_streams_is_stopped_and_its_file_is_applied_only_as_a_difference(context, tmp_path):
    cloud = vendors.openai(HOSTILE)
    cloud.protocol.script.tokens += tuple(f"{payload}\n\n" for payload in PAYLOADS)
    with vendors.running(cloud):
        app = start_app(tmp_path, OPENAI_API_KEY="sk-test-0123456789", OPENAI_BASE_URL=f"{cloud.server.url}/v1")
        try:
            page = context.new_page()
            trouble = steps.watched(page, app)
            page.goto(app.link)
            opened(page)
            ask(page, "Is the docker image small?")
            apply = page.get_by_role("button", name="Apply")
            expect(apply).to_be_visible(timeout=90_000)  # the vendor's library is loaded first
            expect(page.get_by_text("Containers").first).to_be_visible()
            expect(page.locator(".st-key-ask_source_0_0")).to_contain_text("Procfile:1")
            assert page.locator("[src*=evil], [href*=evil], [style*=evil], [onerror], [onload]").count() == 0
            cloud.protocol.fault = answering_slowly(cloud)
            ask(page, "And the pods?")
            expect(page.locator(".answer .said")).to_contain_text("It listens")  # while the rest is still to come
            page.locator(".st-key-ask_stop button").click()
            expect(page.get_by_text("Stopped.")).to_be_visible()
            vendors.until(lambda: cloud.closed >= 1)
            steps.settled(page)
            apply.click()
            page.wait_for_url(re.compile("/deliver$"))
            expect(page.get_by_text("1 file, 5 lines added, 0 removed")).to_be_visible()
            assert not list((tmp_path / "samples").rglob("Dockerfile"))
            assert trouble == []
            assert steps.logged_faults(app) == []
        finally:
            stop_app(app)
