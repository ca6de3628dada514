"""Three browsers on one session: who may only look changes nothing, by the page or past it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import steps
from tests.e2e.rooms import House, close_drawer, create, house_for, in_room, join, open_drawer, person, say, ticked

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Ann owns the session, Bob edits, Cat will be a viewer."""
    with house_for(3, chromium, tmp_path_factory.mktemp("data")) as opened:
        create(opened)
        join(opened, opened.bob, "Bob")
        join(opened, opened.cat, "Cat")
        yield opened


def has_said(page: Page, text: str) -> None:
    page.wait_for_function("(text) => globalThis[Symbol.for('omni.room')]?.chat.some((op) => op.value.text === text)", arg=text)


def test_a_viewer_sees_everything_and_can_change_nothing(house: House):
    ann, cat = house.ann, house.cat
    ann.get_by_label("Role of Cat").select_option("viewer")
    expect(person(cat, "Cat (you)")).to_contain_text("viewer")
    close_drawer(cat)
    expect(cat.get_by_text("You are a viewer in this session")).to_be_visible()
    steps.settled(cat)
    steps.go(cat, "Generate")
    expect(cat.locator(".st-key-generate button")).to_be_disabled()
    row = ticked(cat, "manage.py|wsgi.py|README").first
    before = row.get_attribute("aria-selected")
    row.click(force=True)  # it says that it is disabled
    expect(row).to_have_attribute("aria-selected", before)
    answers = in_room(
        cat,
        """return Promise.all([
          room.publish('preset', 'quality'),
          room.publish('sel/README.md', true),
          room.publish('gen/Dockerfile', {text: '', sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}),
          room.publish('run/forged', {text: 'has a verdict'}),
          room.publish('custom/forged', {text: 'x'}),
          room.publish('session', {name: 'Mine', join_role: 'editor'}),
          room.send({type: 'role', who: room.me, role: 'owner'}),
          room.send({type: 'remove', who: [...room.people.keys()].find((id) => id !== room.me)}),
        ])""",
    )
    assert [answer["ok"] for answer in answers] == [False] * 8
    assert {answer["code"] for answer in answers} == {"forbidden"}
    by_cat = "return [...room.state].filter(([key, held]) => held.by === value && !key.startsWith('member/')).map(([key]) => key)"
    assert in_room(ann, by_cat, in_room(cat, "return room.me")) == []
    assert in_room(ann, "return room.feed.some((op) => op.key.endsWith('/forged'))") is False
    open_drawer(cat)
    say(cat, "I only watch")
    has_said(ann, "I only watch")
