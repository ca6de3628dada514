"""Several browsers on one session: they see each other, share what they do, lose nothing, and come back after every fall."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import steps
from tests.e2e.conftest import PATIENCE_MS, App, start_app, stop_app

pytestmark = pytest.mark.e2e

ROOM = "globalThis[Symbol.for('omni.room')]"


@dataclass
class House:
    """The app, two people at it, the id of their session, and what should not have happened in their browsers."""

    app: App
    ann: Page
    bob: Page
    trouble: list[str]
    session: str = ""


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with ExitStack() as stack:
        app = start_app(tmp_path_factory.mktemp("data"))
        stack.callback(stop_app, app)
        trouble: list[str] = []

        def arrived() -> Page:
            context = chromium.new_context(viewport={"width": 1366, "height": 768})
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.on("pageerror", lambda error: trouble.append(str(error)))
            page.goto(app.link)
            return page

        yield House(app, arrived(), arrived(), trouble)
        assert trouble == []
        assert steps.logged_faults(app) == []


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
    house.session = link.partition("session=")[2]
    bob.goto(link)
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
