"""What a user does on the pages, step by step, waiting for what the page shows and never for time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.e2e.conftest import App

IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def settled(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    page.wait_for_function(IDLE)


def open_folder(page: Page, folder: Path) -> None:
    page.locator(".st-key-workspace_path input").fill(str(folder))
    page.locator(".st-key-open_workspace button").click()
    expect(page.locator(".st-key-workspace_chip")).to_contain_text(folder.name)
    expect(page.locator(".st-key-generate button")).to_be_enabled()


def trust(page: Page) -> None:
    """Trust the open folder on the Deliver page."""
    page.locator(".st-key-trust button").click()
    expect(page.locator(".st-key-restricted")).to_have_count(0)
    settled(page)


def generate(page: Page, saying: str = "") -> None:
    """Press Generate and wait for the verdict; where an earlier one is shown, `saying` is what only the new one holds."""
    page.locator(".st-key-generate button").click()
    expect(page.locator(".st-key-verdict")).to_contain_text(saying)
    expect(page.locator(".st-key-stop")).to_have_count(0)
    settled(page)


def go(page: Page, name: str) -> None:
    """Leave for another page by the navigation."""
    page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(re.compile(f"/{name.lower()}$" if name != "Generate" else r":\d+/$"))
    settled(page)


def choose_view(page: Page, view: str) -> None:
    page.locator(".st-key-review_view").get_by_text(view, exact=True).click()
    expect(page.locator(".st-key-review_view [aria-checked=true]")).to_have_text(view)
    settled(page)


def codes(page: Page) -> list[str]:
    """Return the texts of all code blocks, as the page shows them."""
    return page.locator("[data-testid=stCode] code").evaluate_all("blocks => blocks.map(block => block.textContent)")


def choose_option(page: Page, key: str, option: str | int) -> None:
    """Choose from a list box by its words or its place; open it again where a page still being drawn had closed it."""
    for attempt in range(10):
        settled(page)
        options = page.get_by_role("option")
        wanted = options.nth(option) if isinstance(option, int) else options.filter(has_text=option).first
        try:
            page.locator(f".st-key-{key} input").click(timeout=3_000)
            wanted.click(timeout=3_000)
        except TimeoutError:
            if attempt == 9:
                raise
        else:
            settled(page)
            return


def grid(page: Page) -> Locator:
    """Return the table of decisions as a screen reader meets it."""
    return page.locator("[class*=st-key-decisions_] table[role=grid]")


def pick_decision(page: Page, path: str, decision: str, member: str) -> None:
    """Choose a cell of the table of decisions: a click on the first cell, then the arrow keys."""
    expect(grid(page).locator("td").get_by_text(decision, exact=True).first).to_be_attached()
    head = grid(page).locator("th").all_text_contents()
    rows = [row.locator("td").all_text_contents() for row in grid(page).locator("tbody tr").all()]
    down = next(number for number, row in enumerate(rows) if row[:2] == [path, decision])
    _first_cell(page)
    for key, times in (("ArrowDown", down), ("ArrowRight", head.index(member))):
        for _ in range(times):
            page.keyboard.press(key)
    expect(grid(page).locator("td[aria-selected=true]")).to_have_id(f"glide-cell-{head.index(member)}-{down}")
    told = f"{path}, {decision}: "
    expect(page.locator(".st-key-decision_offer")).to_contain_text(re.compile(re.escape(told) + ".*from " + re.escape(member)))
    settled(page)


def _first_cell(page: Page) -> None:
    """Click the table's first cell, again where the click came before the table had taken in what is new."""
    for attempt in range(10):
        page.locator("[class*=st-key-decisions_] .dvn-scroller").click(position={"x": 30, "y": 31 + 15})
        try:
            expect(grid(page).locator("#glide-cell-0-0")).to_have_attribute("aria-selected", "true", timeout=2_000)
        except AssertionError:
            if attempt == 9:
                raise
        else:
            return


def take_decision(page: Page) -> None:
    page.locator(".st-key-take_decision button").click()
    settled(page)


def watched(page: Page, app: App) -> list[str]:
    """Note everything that should not happen on this page: errors of scripts, refused content, requests to anywhere else."""
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "requestfailed",
        lambda request: trouble.append(f"{request.url}: {request.failure}") if "ABORTED" not in str(request.failure) else None,
    )
    page.on("request", lambda request: None if request.url.startswith((app.address, "blob:", "data:")) else trouble.append(request.url))
    return trouble


def logged_faults(app: App) -> list[str]:
    """Return the log's lines of level warning or worse."""
    lines = (app.data / "omni_architect.log").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if json.loads(line)["level"] in ("error", "critical")]


def frames_of(page: Page) -> Callable[[], bytes]:
    """Collect what the server sends to this page by websocket, from its next load on."""
    received: list[bytes] = []

    def take(payload: str | bytes) -> None:
        received.append(payload if isinstance(payload, bytes) else payload.encode())

    page.on("websocket", lambda socket: socket.on("framereceived", take))
    return lambda: b"".join(received)
