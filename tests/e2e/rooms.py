"""What several people on one session need: the app with a vendor, a page each, and what one does in the drawer and with the session."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Locator, Page, Response, expect

from tests.e2e import steps
from tests.e2e.conftest import PATIENCE_MS, App, start_app, stop_app
from tests.e2e.vendors import Vendor, openai, running, tokens
from tests.support.vendors.openai import OpenAIProtocol
from tests.support.vendors.protocol import Protocol, Script
from tests.support.vendors.server import Exchange

KEY = "sk-test-0123456789abcdef"
ROOM = "globalThis[Symbol.for('omni.room')]"


@dataclass
class Sent:
    """Everything a browser is sent: by its sockets, to the app and to the session, and as answers of the app's routes."""

    frames: list[bytes] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def to(self, page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))
        page.on("response", lambda answer: self.answers.append(answer) if re.search("/api/(?!components/)", answer.url) else None)

    def _frame(self, payload: str | bytes) -> None:
        self.frames.append(payload if isinstance(payload, bytes) else payload.encode())

    def all(self) -> bytes:
        return b"".join([*self.frames, *(answer.body() for answer in self.answers if answer.status == 200)])


@dataclass
class House:
    """The app, its one vendor, the people at it, what each one's browser is sent, the link to their session, and what should not
    have happened in their browsers.

    The vendor's answer stands still in the middle until `on` is set.
    """

    app: App
    vendor: Vendor
    on: threading.Event
    pages: list[Page]
    sent: list[Sent]
    trouble: list[str]
    link: str = ""

    @property
    def ann(self) -> Page:
        return self.pages[0]

    @property
    def bob(self) -> Page:
        return self.pages[1]

    @property
    def cat(self) -> Page:
        return self.pages[2]


@contextmanager
def house_for(people: int, chromium: Browser, data: Path) -> Iterator[House]:
    """Start the app and its vendor and sign in this many browsers; nothing may have gone wrong in them when it ends."""
    vendor, on = openai(""), threading.Event()
    vendor.protocol.fault = answering(on)
    on.set()
    with ExitStack() as stack:
        stack.enter_context(running(vendor))
        stack.callback(on.set)
        app = start_app(data, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{vendor.server.url}/v1")
        stack.callback(stop_app, app)
        trouble: list[str] = []
        sent = [Sent() for _ in range(people)]

        def arrived(told: Sent) -> Page:
            context = chromium.new_context(viewport={"width": 1366, "height": 768})
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.on("pageerror", lambda error: trouble.append(str(error)))
            told.to(page)
            visit(page, app.link)
            return page

        yield House(app, vendor, on, [arrived(told) for told in sent], sent, trouble)
        assert trouble == []
        assert steps.logged_faults(app) == []


def answering(on: threading.Event) -> Callable[..., Any]:
    """Answer with a Dockerfile that is another one each time."""
    versions = itertools.count(1)

    async def act(_protocol: Protocol, exchange: Exchange) -> None:
        text = f'```dockerfile title=Dockerfile\nFROM python:3.12-slim\n# version {next(versions)}\nUSER 1000\nCMD ["python"]\n```\n'
        speaker = OpenAIProtocol(script=Script(tokens=tokens(text)))
        await exchange.head(200, {"Content-Type": speaker.stream_type}, chunked=True)
        for place, event in enumerate(speaker.events(exchange.request)):
            while place > 12 and not on.is_set():
                await asyncio.sleep(0.02)
            await exchange.chunk(event)
        await exchange.end()

    return act


def visit(page: Page, address: str) -> None:
    """Open an address; once more where the machine's network changed under the browser and a part of the page did not come."""
    for attempt in range(3):
        try:
            page.goto(address)
            expect(page.locator(".tab:visible, .drawer:visible").first).to_be_visible(timeout=20_000)
        except (AssertionError, Error):
            if attempt == 2:
                raise
        else:
            return


def drawer(page: Page) -> Locator:
    return page.get_by_role("dialog", name="People and chat")


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")


def person(page: Page, name: str) -> Locator:
    return drawer(page).locator(".person").filter(has_text=name)


def open_drawer(page: Page) -> None:
    if not drawer(page).is_visible():
        page.locator(".tab").click()
    expect(drawer(page)).to_be_visible()


def close_drawer(page: Page) -> None:
    if drawer(page).is_visible():
        drawer(page).get_by_role("button", name="Close").click()
    expect(drawer(page)).to_be_hidden()


def in_room(page: Page, script: str, value: object = None) -> object:
    return page.evaluate(f"(value) => {{ const room = {ROOM}; {script} }}", value)


def ticked(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem", name=re.compile(name))


def create(house: House) -> None:
    """Ann opens the sample and creates the session."""
    ann = house.ann
    ann.get_by_role("button", name="Try the sample").click()
    expect(ann.locator(".st-key-workspace_chip")).to_contain_text("sample-shop")
    ann.get_by_role("button", name="Work together").first.click()
    expect(ann.get_by_label("Your name")).to_be_focused()
    ann.get_by_label("Your name").fill("Ann")
    ann.get_by_label("New session").fill("Payment service")
    ann.get_by_role("button", name="Create session").click()
    expect(person(ann, "Ann (you)")).to_contain_text("owner")
    house.link = ann.get_by_label("Link to this session").input_value()


def join(house: House, page: Page, name: str) -> None:
    """Follow the session's link, which opens the door by itself, and join under this name."""
    visit(page, house.link)
    expect(drawer(page)).to_be_visible()
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(person(page, f"{name} (you)")).to_be_visible()
