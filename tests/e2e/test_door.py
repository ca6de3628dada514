"""The door in a real browser: signing in, what a page loads, what it may not."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import App

pytestmark = pytest.mark.e2e


def watched(page: Page, app: App) -> list[str]:
    """Note everything on this page that should not happen: refused content, script errors, requests to anywhere else."""
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((app.address, "blob:", "data:")) else trouble.append(request.url))
    return trouble


def test_without_the_link_there_is_only_a_page_that_says_how_to_get_in(context: BrowserContext, app: App):
    page = context.new_page()
    answer = page.goto(app.address + "/review")
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("body")).to_contain_text("Open the link printed at start")


def test_the_link_opens_the_page_and_leaves_no_token_in_the_address(context: BrowserContext, app: App):
    page = context.new_page()
    trouble = watched(page, app)
    page.goto(app.link)
    expect(page.get_by_role("button", name="Try the sample")).to_be_visible()
    assert page.url == app.address + "/"
    (cookie,) = [cookie for cookie in context.cookies() if cookie["name"].startswith("omni_")]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".st-key-files .row").first).to_be_visible()
    assert trouble == []


def test_a_page_of_another_port_cannot_reach_the_socket_or_the_routes(page: Page, app: App, context: BrowserContext):
    expect(page.get_by_role("button", name="Try the sample")).to_be_visible()
    other = context.new_page()
    other.route("http://127.0.0.1:1/", lambda route: route.fulfill(body="<title>elsewhere</title>", content_type="text/html"))
    other.goto("http://127.0.0.1:1/")
    opened = other.evaluate(
        """address => new Promise(done => {
            const socket = new WebSocket(address.replace("http", "ws") + "/_stcore/stream");
            socket.onopen = () => done(true);
            socket.onerror = () => done(false);
        })""",
        app.address,
    )
    assert opened is False
    read = other.evaluate(
        "address => fetch(address + '/api/tree', {credentials: 'include'}).then(a => a.status, () => 'refused')", app.address
    )
    assert read == "refused"
