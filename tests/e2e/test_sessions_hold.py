"""Three browsers on one session when things go against them: viewers, conflicts, floods of events, falls, removals, second tabs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import steps
from tests.e2e.rooms import House, close_drawer, create, drawer, house_for, in_room, join, open_drawer, person, say, ticked, visit

pytestmark = pytest.mark.e2e

SECRET = "AKIAQ4J5Y7R2T6W8N3PZ"
CHAT = "return room.chat.map((op) => op.value.text)"


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Ann owns the session, Bob edits, Cat will be a viewer."""
    with house_for(3, chromium, tmp_path_factory.mktemp("data")) as opened:
        create(opened)
        join(opened, opened.bob, "Bob")
        join(opened, opened.cat, "Cat")
        yield opened


def chat(page: Page) -> list[str]:
    return list(in_room(page, CHAT))


def has_said(page: Page, text: str) -> None:
    page.wait_for_function("(text) => globalThis[Symbol.for('omni.room')]?.chat.some((op) => op.value.text === text)", arg=text)


def decide(page: Page) -> None:
    """Go from the word in the sidebar to the two versions."""
    page.locator(".st-key-decide_clashes button").click()
    expect(page.locator("[class*=st-key-clash_]")).to_contain_text("Neither version is lost")
    steps.settled(page)


def shared_text(page: Page) -> str:
    return str(in_room(page, "return room.state.get('gen/Dockerfile')?.value.text ?? ''"))


def shared_is(page: Page, holds: str) -> None:
    page.wait_for_function(
        "(text) => globalThis[Symbol.for('omni.room')]?.state.get('gen/Dockerfile')?.value.text.includes(text)", arg=holds
    )


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


def test_who_comes_second_on_a_file_sees_both_versions_and_decides(house: House):
    ann, bob = house.ann, house.bob
    close_drawer(ann)
    close_drawer(bob)
    steps.generate(ann, "version 1")
    shared_is(bob, "version 1")
    steps.go(bob, "Generate")
    steps.generate(bob, "version 2")
    decide(bob)
    assert "version 1" in shared_text(bob)  # nothing was overwritten
    expect(bob.locator("[class*=st-key-clash_] code").first).to_contain_text(re.compile("-# version 2.*\\+# version 1", re.DOTALL))
    bob.get_by_role("button", name="Take theirs").click()
    expect(bob.locator("[class*=st-key-clash_]")).to_have_count(0)
    expect(bob.get_by_text("· same as yours")).to_be_visible()
    steps.go(bob, "Generate")
    expect(bob.locator(".st-key-verdict")).to_contain_text("version 1")
    steps.generate(bob, "version 3")
    shared_is(ann, "version 3")  # it builds on what was taken

    steps.generate(ann, "version 4")
    decide(ann)
    ann.get_by_role("button", name="Keep mine").click()
    expect(ann.locator("[class*=st-key-clash_]")).to_have_count(0)
    shared_is(bob, "version 4")
    expect(ann.get_by_text("· same as yours")).to_be_visible()

    steps.generate(bob, "version 5")
    decide(bob)
    bob.get_by_role("tab", name="Merge by hand").click()
    bob.get_by_label("Merged file").fill('FROM python:3.12-slim\n# versions 4 and 5\nUSER 1000\nCMD ["python"]\n')
    bob.get_by_role("button", name="Keep the merged file").click()
    expect(bob.locator("[class*=st-key-clash_]")).to_have_count(0)
    shared_is(ann, "versions 4 and 5")
    expect(ann.get_by_test_id("stMain")).to_contain_text("# versions 4 and 5")
    steps.settled(ann)
    ann.get_by_role("button", name="Take this one").click()
    expect(ann.get_by_text("· same as yours")).to_be_visible()
    steps.go(ann, "Generate")
    expect(ann.locator(".st-key-verdict")).to_contain_text("versions 4 and 5")


def test_a_secret_typed_into_the_chat_comes_back_masked_and_is_not_said(house: House):
    ann, bob = house.ann, house.bob
    open_drawer(bob)
    said = len(chat(bob))
    say(bob, f"use {SECRET} for the bucket")
    expect(drawer(bob).get_by_role("alert").first).to_contain_text("looks like a secret (AWS")
    box = bob.get_by_label("Message", exact=True)
    expect(box).to_have_value(re.compile("use <masked: .*> for the bucket"))
    assert len(chat(bob)) == said
    box.press("Enter")
    expect(box).to_have_value("")
    has_said(ann, "use <masked: AWS access key> for the bucket")
    assert not any(SECRET in text for text in chat(ann))


def test_nothing_typed_is_lost_and_the_cursor_stays_while_a_hundred_events_arrive(house: House):
    ann, bob = house.ann, house.bob
    steps.go(ann, "Generate")
    steps.settled(ann)
    text = "use Alpine and add a worker for the queue of mails, please, and keep it small"
    box = ann.locator(".st-key-instruction textarea")
    for place, field in enumerate((box, ann.get_by_label("Message", exact=True))):
        if place:
            open_drawer(ann)
        before = int(in_room(ann, "return room.seq"))
        bob.evaluate(
            """() => { const room = globalThis[Symbol.for('omni.room')];
              for (let n = 0; n < 50; n += 1) {
                if (n % 5 === 0) room.publish(`sel/file${n}`, n % 2 === 0);
                else if (n % 5 === 1) room.publish('state/note', { text: `note ${n}` });
                else if (n % 5 === 2) room.publish('custom/build', { text: `step ${n}` });
                else room.said(`said ${n}`);
              } }"""
        )
        field.click()
        field.press_sequentially(text, delay=25)
        ann.wait_for_function("(seq) => globalThis[Symbol.for('omni.room')].seq >= seq", arg=before + 50)
        steps.settled(ann)
        expect(field).to_be_focused()
        expect(field).to_have_value(text)
        field.fill("")


def test_who_was_away_is_told_exactly_what_was_missed(house: House):
    ann, bob = house.ann, house.bob
    bob.route("**/api/session/ticket", lambda route: route.abort())
    in_room(bob, "room.socket.close()")
    open_drawer(bob)
    expect(drawer(bob)).to_contain_text("connection lost, reconnecting")
    expect(person(ann, "Bob")).to_contain_text("away")
    say(bob, "said while away")
    expect(drawer(bob).get_by_role("log")).to_contain_text("being sent")
    epoch = in_room(ann, "return room.epoch")
    for number in range(5):
        say(ann, f"missed {number}")
    has_said(ann, "missed 4")
    bob.unroute("**/api/session/ticket")
    has_said(bob, "missed 4")
    has_said(ann, "said while away")
    wanted = [*(f"missed {number}" for number in range(5)), "said while away"]
    for page in (ann, bob):
        assert chat(page)[-6:] == wanted
    assert in_room(bob, "return room.epoch") == epoch


def test_after_the_sidecar_is_killed_all_come_back_with_what_was_said_and_typed(house: House):
    ann, bob, cat = house.pages
    said = chat(ann)
    text_before = shared_text(ann)
    epoch = in_room(ann, "return room.epoch")
    ann.get_by_label("Message", exact=True).fill("half a sent")
    os.kill(sidecar(house), signal.SIGKILL)
    expect(drawer(ann)).to_contain_text("connection lost")
    in_room(bob, "room.said('while it was down')")
    for page in house.pages:
        page.wait_for_function(
            "(epoch) => { const room = globalThis[Symbol.for('omni.room')]; return room?.status === 'open' && room.epoch !== epoch }",
            arg=epoch,
        )
        has_said(page, "while it was down")
    for page in house.pages:
        assert chat(page).count("while it was down") == 1
        assert chat(page)[-len(said) - 1 : -1] == said or page is cat
    expect(ann.get_by_label("Message", exact=True)).to_have_value("half a sent")
    expect(person(ann, "Ann (you)")).to_contain_text("owner")
    expect(person(bob, "Cat")).to_contain_text("viewer")
    shared_is(cat, text_before.splitlines()[1])
    ann.get_by_label("Message", exact=True).fill("")


def sidecar(house: House) -> int:
    """Return the process id of the app's sidecar."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(house.app.process.pid)], capture_output=True, text=True, check=True)
    (found,) = [line.split()[0] for line in listed.stdout.splitlines() if "-m collaboration" in line]
    return int(found)


def test_the_architect_answers_in_the_chat_of_all(house: House):
    ann, bob, cat = house.pages
    house.on.clear()
    say(bob, "@architect which port does it listen on?")
    for page in (ann, cat):
        expect(drawer(page).get_by_role("log")).to_contain_text("Architect, asked by Bob")
    house.on.set()
    for page in house.pages:
        expect(drawer(page).get_by_role("log")).to_contain_text("Answered by")


def test_two_tabs_are_one_person_and_a_reload_stays_in_the_session(house: House):
    ann, bob = house.ann, house.bob
    tab = bob.context.new_page()
    visit(tab, house.link)
    open_drawer(tab)
    tab.get_by_label("Your name").fill("Bob")
    tab.get_by_role("button", name="Join", exact=True).click()
    expect(person(tab, "Bob (you)")).to_be_visible()
    expect(drawer(ann).locator(".person")).to_have_count(3)
    say(tab, "from my other tab")
    has_said(bob, "from my other tab")
    drawer(tab).get_by_role("button", name="Leave session").click()
    expect(tab.get_by_role("button", name="Create session")).to_be_visible()
    tab.close()
    say(bob, "still here")
    has_said(ann, "still here")
    expect(person(ann, "Bob")).not_to_contain_text("away")
    bob.reload()
    open_drawer(bob)
    expect(person(bob, "Bob (you)")).to_contain_text("editor")
    expect(drawer(bob).get_by_role("log")).to_contain_text("still here")


def test_who_is_removed_is_told_so_and_cannot_come_back(house: House):
    ann, bob = house.ann, house.bob
    drawer(ann).get_by_role("button", name="Remove Bob").click()
    expect(drawer(ann).get_by_role("button", name="Remove for good")).to_be_focused()
    ann.keyboard.press("Escape")
    expect(person(ann, "Bob")).to_be_visible()  # nothing happened yet, and the drawer is still open
    drawer(ann).get_by_role("button", name="Remove Bob").click()
    expect(drawer(ann).get_by_role("button", name="Remove for good")).to_be_focused()
    ann.keyboard.press("Enter")
    expect(drawer(bob)).to_contain_text("The owner removed you from this session")
    expect(person(ann, "Bob")).to_have_count(0)
    bob.get_by_label("Join a session").fill(house.link)
    bob.get_by_role("button", name="Join", exact=True).click()
    expect(drawer(bob).get_by_role("alert")).to_contain_text("removed")
    expect(bob.get_by_role("button", name="Create session")).to_be_visible()
    say(ann, "without Bob")
    has_said(house.cat, "without Bob")


def test_the_whole_way_goes_by_keyboard_alone(house: House):
    cat = house.cat
    open_drawer(cat)
    cat.get_by_label("Message", exact=True).focus()
    tab_to(cat, "Leave session")
    cat.keyboard.press("Enter")
    expect(cat.get_by_role("button", name="Create session")).to_be_visible()
    expect(cat.get_by_label("New session")).to_be_focused()  # her name is known
    cat.keyboard.type("Mails")
    cat.keyboard.press("Enter")
    expect(cat.get_by_label("Message", exact=True)).to_be_focused()
    cat.keyboard.type("all by myself")
    cat.keyboard.press("Enter")
    expect(drawer(cat).get_by_role("log")).to_contain_text("all by myself")
    tab_to(cat, "Copy link")
    cat.keyboard.press("Escape")
    expect(drawer(cat)).to_be_hidden()
    expect(cat.locator(".tab")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the button of this name has the focus."""
    button = drawer(page).get_by_role("button", name=name)
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("one => one.getRootNode().activeElement === one"):
            return
    raise AssertionError(f"Tab does not lead to '{name}'")
