"""Several browsers on one session: they see each other, share what they do, lose nothing, and come back after every fall."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import steps
from tests.e2e.rooms import KEY, House, close_drawer, create, house_for, join, open_drawer, person, say, ticked
from tests.support.planted import planted

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_for(2, chromium, tmp_path_factory.mktemp("data")) as opened:
        yield opened


def test_one_creates_a_session_and_another_joins_it_by_its_link(house: House):
    ann, bob = house.ann, house.bob
    create(house)
    join(house, bob, "Bob")
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
    (sample,) = (house.app.data / "samples").glob("*/sample-shop")
    folder = Path(shutil.copytree(sample, house.app.data / "canary-shop"))
    canaries = {path: f"canary-{number}-5d1f0c77e2aa" for number, path in enumerate(DENIED)}
    secrets = {kind: secret for kind, (_, _, secret) in planted().items()}
    texts = {f"kinds/{number:02}-{Path(path).name}": text for number, (path, text, _) in enumerate(planted().values())}
    for name, text in {**texts, **{path: f"PASSWORD={canary}\n" for path, canary in canaries.items()}}.items():
        (folder / "canaries" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "canaries" / name).write_text(text)
    steps.open_folder(ann, folder)
    expect(ann.locator(".st-key-verdict")).to_have_count(0)
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
        "Bob's browser": house.sent[1].all(),
    }
    assert b"sample-shop" in places["Bob's browser"]
    for place, told in places.items():
        reached = [name for name, canary in {**canaries, **secrets, "the key": KEY}.items() if canary.encode() in told]
        assert len(reached) <= (1 if place == "the vendor" else 0), (place, reached)  # 36 of 37 kinds (SECURITY 11)
        assert not set(reached) & {*canaries, "the key"}, (place, reached)
