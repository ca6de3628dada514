"""The Ask page in a real browser, with no vendor: the architect answers, sources open, the conversation stays and is cleared."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import App


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
