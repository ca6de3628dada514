"""The Ask page in a real browser: with no vendor, and with one that streams, is stopped, and tries to be hostile."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e import steps, vendors
from tests.e2e.conftest import App, start_app, stop_app

HOSTILE = (
    "It listens on 8000, see `Procfile:1`.\n\n![x](http://evil.example/a.png) <img src='http://evil.example/b.png'>\n\n"
    '```Dockerfile\nFROM python:3.12-slim-bookworm\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["python", "wsgi.py"]\n```\n'
)


def opened(page: Page) -> None:
    page.get_by_role("button", name="Try the sample").click()
    expect(page.get_by_text("What we found")).to_be_visible()
    steps.settled(page)
    steps.go(page, "Ask")


def ask(page: Page, question: str) -> None:
    page.locator(".st-key-ask_question textarea").fill(question)
    page.locator(".st-key-ask_question textarea").press("Enter")


def test_with_no_vendor_the_architect_answers_with_sources_that_open(page: Page, app: App):
    trouble = steps.watched(page, app)
    opened(page)
    expect(page.get_by_text("the built-in architect answers from what it found")).to_be_visible()
    page.locator(".st-key-ask_examples").get_by_role("button", name="Which port does it listen on?").click()
    expect(page.locator(".prose").first).to_contain_text("8000")
    page.locator(".st-key-ask_source_0_0 button").click()
    expect(page.get_by_role("dialog").locator(".here")).to_contain_text("gunicorn")
    page.get_by_role("dialog").get_by_label("Close").click()
    ask(page, "Why is the sky blue?")
    expect(page.locator(".prose").last).to_contain_text("OPENAI_API_KEY")
    steps.go(page, "Review")
    steps.go(page, "Ask")
    expect(page.locator(".prose").first).to_contain_text("8000")
    page.goto(app.address)  # as a reload, which at a page's own address asks Streamlit's server for what is not there first
    steps.settled(page)
    steps.go(page, "Ask")
    expect(page.locator(".prose").first).to_contain_text("8000")
    page.locator(".st-key-ask_clear button").click()
    expect(page.locator(".prose")).to_have_count(0)
    assert trouble == []
    assert steps.logged_faults(app) == []


def test_a_vendor_streams_is_stopped_and_its_file_is_applied_only_as_a_difference(context, tmp_path):
    cloud = vendors.openai(HOSTILE)
    with vendors.running(cloud):
        app = start_app(tmp_path, OPENAI_API_KEY="sk-test-0123456789", OPENAI_BASE_URL=f"{cloud.server.url}/v1")
        try:
            page = context.new_page()
            trouble = steps.watched(page, app)
            page.goto(app.link)
            opened(page)
            ask(page, "Is the docker image small?")
            expect(page.locator(".st-key-ask_apply_0_1 button")).to_be_visible(timeout=90_000)  # the vendor's library is loaded first
            expect(page.get_by_text("Containers").first).to_be_visible()
            expect(page.locator(".st-key-ask_source_0_0")).to_contain_text("Procfile:1")
            assert page.locator("img[src*=evil]").count() == 0
            cloud.protocol.fault = cloud.dripping(0.2)
            ask(page, "And the pods?")
            page.locator(".st-key-ask_stop button").click()
            expect(page.get_by_text("Stopped.")).to_be_visible()
            vendors.until(lambda: cloud.closed >= 1)
            steps.settled(page)
            page.locator(".st-key-ask_apply_0_1 button").click()
            page.wait_for_url(re.compile("/deliver$"))
            expect(page.get_by_text("1 file, 5 lines added, 0 removed")).to_be_visible()
            assert not list((tmp_path / "samples").rglob("Dockerfile"))
            assert trouble == []
            assert steps.logged_faults(app) == []
        finally:
            stop_app(app)
