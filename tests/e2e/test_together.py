"""Several browsers on one session: they see each other, share what they do, lose nothing, and come back after every fall."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Response, expect

from tests.e2e import steps
from tests.e2e.conftest import PATIENCE_MS, App, start_app, stop_app
from tests.e2e.vendors import Vendor, openai, running, tokens
from tests.support.planted import planted
from tests.support.vendors.openai import OpenAIProtocol
from tests.support.vendors.protocol import Protocol, Script
from tests.support.vendors.server import Exchange

pytestmark = pytest.mark.e2e

KEY = "sk-test-0123456789abcdef"
ROOM = "globalThis[Symbol.for('omni.room')]"


@dataclass
class Sent:
    """Everything a browser is sent: by its sockets, to the app and to the session, and as answers of the app's routes."""

    frames: list[bytes] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def to(self, page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))
        page.on("response", lambda answer: self.answers.append(answer) if "/api/" in answer.url else None)

    def _frame(self, payload: str | bytes) -> None:
        self.frames.append(payload if isinstance(payload, bytes) else payload.encode())

    def all(self) -> bytes:
        return b"".join([*self.frames, *(answer.body() for answer in self.answers if answer.status == 200)])


@dataclass
class House:
    """The app, its one vendor, two people at it, what Bob's browser is sent, the link to their session, and what should not have
    happened in their browsers.

    The vendor's answer stands still in the middle until `on` is set.
    """

    app: App
    vendor: Vendor
    on: threading.Event
    ann: Page
    bob: Page
    bobs: Sent
    trouble: list[str]
    link: str = ""


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


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    vendor, on = openai(""), threading.Event()
    vendor.protocol.fault = answering(on)
    on.set()
    with ExitStack() as stack:
        stack.enter_context(running(vendor))
        stack.callback(on.set)
        app = start_app(tmp_path_factory.mktemp("data"), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{vendor.server.url}/v1")
        stack.callback(stop_app, app)
        trouble: list[str] = []

        bobs = Sent()

        def arrived(sent: Sent | None = None) -> Page:
            context = chromium.new_context(viewport={"width": 1366, "height": 768})
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.on("pageerror", lambda error: trouble.append(str(error)))
            if sent is not None:
                sent.to(page)
            visit(page, app.link)
            return page

        yield House(app, vendor, on, arrived(), arrived(bobs), bobs, trouble)
        assert trouble == []
        assert steps.logged_faults(app) == []


def visit(page: Page, address: str) -> None:
    """Open an address; once more where the machine's network changed under the browser and a part of the page did not come."""
    for attempt in range(3):
        try:
            page.goto(address)
            expect(page.locator(".tab")).to_be_visible(timeout=20_000)
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
    page.locator(".tab").click()
    expect(drawer(page)).to_be_visible()


def close_drawer(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(drawer(page)).to_be_hidden()


def in_room(page: Page, script: str, value: object = None) -> object:
    return page.evaluate(f"(value) => {{ const room = {ROOM}; {script} }}", value)


def ticked(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem", name=re.compile(name))


def test_one_creates_a_session_and_another_joins_it_by_its_link(house: House):
    ann, bob = house.ann, house.bob
    ann.get_by_role("button", name="Try the sample").click()
    expect(ann.locator(".st-key-workspace_chip")).to_contain_text("sample-shop")
    ann.get_by_role("button", name="Work together").first.click()
    expect(ann.get_by_label("Your name")).to_be_focused()
    ann.get_by_label("Your name").fill("Ann")
    ann.get_by_label("New session").fill("Payment service")
    ann.get_by_role("button", name="Create session").click()
    expect(person(ann, "Ann (you)")).to_contain_text("owner")
    link = ann.get_by_label("Link to this session").input_value()
    house.link = link
    visit(bob, link)
    open_drawer(bob)
    bob.get_by_label("Your name").fill("Bob")
    bob.get_by_role("button", name="Join", exact=True).click()
    expect(person(bob, "Ann")).to_contain_text("Generate")
    expect(person(ann, "Bob")).to_contain_text("Collaborate")
    expect(bob.locator(".st-key-workspace_chip")).to_contain_text("sample-shop")  # the session's workspace is opened


def test_what_one_says_the_other_reads_and_what_is_unread_is_counted(house: House):
    ann, bob = house.ann, house.bob
    close_drawer(ann)
    expect(ann.locator(".tab")).to_have_text("2 here")
    say(bob, "hello from Bob")
    say(bob, "shall we?")
    expect(ann.locator(".tab")).to_have_text("2 here · 2 unread")
    open_drawer(ann)
    expect(ann.get_by_role("log", name="Chat")).to_contain_text("shall we?")
    expect(ann.get_by_label("Message", exact=True)).to_be_focused()
    close_drawer(ann)
    expect(ann.locator(".tab")).to_have_text("2 here")


def test_what_one_selects_is_ticked_on_the_others_screen(house: House):
    ann, bob = house.ann, house.bob
    close_drawer(bob)
    steps.go(bob, "Generate")
    row = ticked(ann, "manage.py|wsgi.py|README").first
    name = row.get_attribute("data-path")
    before = row.get_attribute("aria-selected")
    row.click()
    after = "false" if before == "true" else "true"
    expect(bob.locator(f'[data-path="{name}"]')).to_have_attribute("aria-selected", after)


def test_what_one_generates_the_other_watches_as_it_comes_and_has_as_a_file(house: House):
    ann, bob = house.ann, house.bob
    steps.go(bob, "Collaborate")
    house.on.clear()
    ann.locator(".st-key-generate button").click()
    bob.get_by_role("button", name=re.compile("asks 1 member")).click()
    expect(bob.locator(".st-key-watched")).to_contain_text("FROM python")
    house.on.set()
    expect(bob.get_by_role("region", name="Activity")).to_contain_text("has a verdict for")
    expect(bob.get_by_text("· not in your verdict")).to_be_visible()
    expect(bob.get_by_test_id("stMain")).to_contain_text("# version 1")


DENIED = (".env", "deploy/id_rsa", "deploy/server.pem", "terraform.tfstate", "kubeconfig")


def test_no_canary_reaches_the_vendor_the_log_or_the_other_browser(house: House):
    """Every planted secret is picked, sent, looked at and searched for by Ann, who shares all she does with Bob."""
    ann, bob = house.ann, house.bob
    (folder,) = (house.app.data / "samples").glob("*/sample-shop")
    canaries = {path: f"canary-{number}-5d1f0c77e2aa" for number, path in enumerate(DENIED)}
    secrets = {kind: secret for kind, (_, _, secret) in planted().items()}
    texts = {f"kinds/{number:02}-{Path(path).name}": text for number, (path, text, _) in enumerate(planted().values())}
    for name, text in {**texts, **{path: f"PASSWORD={canary}\n" for path, canary in canaries.items()}}.items():
        (folder / "canaries" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "canaries" / name).write_text(text)
    steps.open_folder(ann, folder)
    expect(ann.locator(".st-key-verdict")).to_have_count(0)  # it is opened anew
    steps.settled(ann)
    ann.get_by_label("Search files by name").fill("canaries kinds")
    expect(ticked(ann, "secret.yaml").first).to_be_visible()
    ann.get_by_role("button", name="Select all").click()
    expect(ann.locator(".st-key-files .count")).to_contain_text(re.compile(r"(3\d|4\d) selected"))
    expect(bob.locator(".st-key-workspace_chip")).to_contain_text("sample-shop")
    ann.locator(".st-key-instruction textarea").fill(f"Use the token {secrets['github token']} for the registry.")
    ann.locator(".st-key-instruction textarea").blur()
    steps.settled(ann)
    asked = len(house.vendor.server.requests)
    ann.locator(".st-key-generate button").click()
    expect(bob.get_by_role("region", name="Activity")).to_contain_text("has a verdict for")
    expect(ann.locator(".st-key-verdict")).to_contain_text("version 2", timeout=90_000)
    ann.get_by_label("Search in the content of files").click()
    ann.get_by_label("Search files by content").fill(secrets["stripe key"][:20])
    steps.settled(ann)

    requests = house.vendor.server.requests[asked:]
    assert sum(any(name.encode() in request.body for request in requests) for name in texts) >= 36, "the files were sent"
    places = {
        "the vendor": b"".join(request.body for request in requests),
        "the log": (house.app.data / "omni_architect.log").read_bytes(),
        "Bob's browser": house.bobs.all(),
    }
    assert b"sample-shop" in places["Bob's browser"]
    for place, told in places.items():
        reached = [name for name, canary in {**canaries, **secrets, "the key": KEY}.items() if canary.encode() in told]
        assert len(reached) <= (1 if place == "the vendor" else 0), (place, reached)  # 36 of 37 kinds (SECURITY 11)
        assert not set(reached) & {*canaries, "the key"}, (place, reached)
