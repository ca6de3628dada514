"""Two browsers in their session's voice room: they hear and see each other speak, on every page, until one is removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import steps
from tests.e2e.rooms import House, close_drawer, create, house_for, join, open_drawer, person

pytestmark = pytest.mark.e2e

CALL = "globalThis[Symbol.for('omni.voice')]"
BYTES = f"""async () => {{
  let received = 0;
  for (const report of (await {CALL}.peer.getStats()).values())
    if (report.type === "inbound-rtp") received = report.bytesReceived;
  return received;
}}"""


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Ann and Bob are in one session, both on the Collaborate page."""
    with house_for(2, chromium, tmp_path_factory.mktemp("data")) as made:
        create(made)
        close_drawer(made.ann)
        join(made, made.bob, "Bob")
        close_drawer(made.bob)
        steps.go(made.ann, "Collaborate")  # Bob is there: the link leads to it
        yield made


def card(page: Page) -> Locator:
    return page.get_by_role("region", name="Voice", exact=True)


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Voice, on every page")


def line(where: Locator, name: str) -> Locator:
    return where.get_by_role("listitem").filter(has_text=name)


def received(page: Page) -> int:
    return page.evaluate(BYTES)


def test_each_sees_the_other_speak_and_the_mute_is_seen_and_heard(house: House):
    ann, bob = house.ann, house.bob
    expect(card(ann)).to_contain_text("Nobody is in the voice room")
    card(ann).get_by_role("button", name="Join voice").click()
    expect(card(ann)).to_contain_text("Your microphone is on, nobody else is here yet")
    expect(card(bob)).to_contain_text("Ann is in the voice room")
    card(bob).get_by_role("button", name="Join voice").click()
    expect(card(bob)).to_contain_text("Your microphone is on, with Ann")
    expect(line(card(ann), "Bob")).to_contain_text("speaking")
    expect(line(card(bob), "Ann")).to_contain_text("speaking")
    bob.wait_for_function(f"async (before) => (await ({BYTES})()) > before", arg=received(bob))
    card(ann).get_by_role("button", name="Mute").click()
    expect(card(ann)).to_contain_text("Muted: nobody hears you, with Bob")
    expect(line(card(bob), "Ann")).to_contain_text("muted")
    assert ann.evaluate(f"{CALL}.microphone.getAudioTracks().every((track) => !track.enabled)")
    card(ann).get_by_role("button", name="Unmute").click()
    expect(line(card(bob), "Ann")).to_contain_text("speaking")


def test_on_another_page_one_still_hears_and_can_mute(house: House):
    ann, bob = house.ann, house.bob
    steps.go(bob, "Generate")
    before = received(bob)
    bob.wait_for_function(f"async (before) => (await ({BYTES})()) > before + 2000", arg=before)
    assert bob.evaluate(f"!{CALL}.player.paused")
    bar(bob).get_by_role("button", name="Mute").click()
    expect(line(card(ann), "Bob")).to_contain_text("muted")
    bar(bob).get_by_role("button", name="Unmute").click()
    expect(line(card(ann), "Bob")).to_contain_text("speaking")


def test_who_is_removed_from_the_session_is_cut_off_and_the_microphone_is_free(house: House):
    ann, bob = house.ann, house.bob
    open_drawer(ann)
    person(ann, "Bob").get_by_role("button", name="Remove Bob").click()
    ann.get_by_role("button", name="Remove for good").click()
    close_drawer(ann)
    expect(line(card(ann), "Bob")).to_have_count(0)
    expect(bar(bob)).to_be_hidden()
    bob.wait_for_function(f"{CALL}.state === 'out' && {CALL}.microphone === null && {CALL}.peer === null")
    card(ann).get_by_role("button", name="Leave voice").click()
    expect(card(ann)).to_contain_text("Nobody is in the voice room")
    expect(card(ann).get_by_role("listitem")).to_have_count(0)
