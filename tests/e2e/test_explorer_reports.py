"""What the explorer tells and is told back: its own script in a real browser, answers in the order that a slow server gives them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e

MOUNTED = """async () => {
  const { default: mount } = await import('/api/components/tree.js');
  const parentElement = document.createElement('div');
  const seen = (window.seen = { told: [], published: [], parentElement });
  const room = { me: 'ann', role: 'owner', writes: true, state: new Map([['state/workspace', { value: { location: '/new' } }]]) };
  room.publish = (key, value) => seen.published.push([key, value]);
  globalThis[Symbol.for('omni.room')] = room;
  const setStateValue = (_name, value) => seen.told.push(value);
  const data = { session: '', workspace: '/new', height: 100, version: 1, most: 400 };
  seen.draw = (selection) => mount({ parentElement, data: { ...data, selection }, setStateValue });
  seen.hear = (key, value, by) => {
    const op = { key, value, by };
    room.state.set(key, { value, by });
    for (const hear of globalThis[Symbol.for('omni.room.listeners')]) hear({ what: 'op', key, op });
  };
  seen.count = () => parentElement.querySelector('.count').textContent;
  document.body.append(parentElement);
  seen.draw([]);
}"""


@pytest.fixture
def mounted(page: Page) -> Iterator[Page]:
    """A page with an explorer of its own, which is told what the test says: `seen.draw` is Python, `seen.hear` a colleague."""
    expect(page.locator(".st-key-workspace_path input")).to_be_visible()
    page.evaluate(MOUNTED)
    yield page
    page.evaluate("() => seen.parentElement.remove()")


def ticked(page: Page, path: str, reports: int) -> None:
    page.evaluate("(path) => seen.hear(`sel/${path}`, true, 'bob')", path)
    page.wait_for_function("(reports) => seen.told.length === reports", arg=reports)


def test_a_late_word_on_what_was_ticked_first_does_not_untick_what_was_ticked_since(mounted: Page):
    ticked(mounted, "a.py", 1)
    ticked(mounted, "b.py", 2)
    mounted.evaluate("() => seen.draw(['a.py'])")
    assert mounted.evaluate("() => seen.count()") == "2 selected"
    mounted.evaluate("() => seen.draw(['a.py', 'b.py'])")
    assert mounted.evaluate("() => seen.count()") == "2 selected"


def test_what_the_page_itself_chose_is_taken_over(mounted: Page):
    ticked(mounted, "a.py", 1)
    mounted.evaluate("() => seen.draw(['a.py'])")
    mounted.evaluate("() => seen.draw([])")
    assert mounted.evaluate("() => seen.count()") == "No file selected"


def test_who_leads_the_session_to_another_folder_keeps_what_is_ticked_there(mounted: Page):
    mounted.evaluate("() => seen.hear('sel/old.py', true, 'ann')")  # of the folder that the session was in
    ticked(mounted, "a.py", 1)
    mounted.evaluate("() => seen.hear('state/workspace', { location: '/new' }, 'ann')")
    assert mounted.evaluate("() => seen.count()") == "1 selected"
    assert mounted.evaluate("() => seen.published") == [["sel/old.py", False]]


def test_who_is_led_to_another_folder_takes_over_what_is_ticked_there(mounted: Page):
    mounted.evaluate("() => seen.hear('sel/b.py', true, 'ann')")
    mounted.evaluate("() => seen.hear('state/workspace', { location: '/new' }, 'bob')")
    assert mounted.evaluate("() => seen.count()") == "1 selected"
    assert mounted.evaluate("() => seen.published") == []
