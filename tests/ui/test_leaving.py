"""A link that is clicked while a field still had something to say leads where it says, and the field's value comes along."""

from __future__ import annotations

import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from ui.leaving import AT_ONCE_S, Way


def asked(page: str, words: str = "", *, back: bool = False) -> ClientState:
    made = ClientState(page_script_hash=page, is_history_navigation=back)
    field = made.widget_states.widgets.add()
    field.id, field.string_value = "words", words
    return made


@pytest.fixture
def way() -> Way:
    """Somebody on the page `old` who has just clicked the link to `new`."""
    made = Way()
    made.follow(asked("old"), 0.0)
    assert made.follow(asked("new"), 10.0).page_script_hash == "new"
    return made


def test_what_a_field_says_after_the_link_is_taken_to_the_new_page(way: Way):
    led = way.follow(asked("old", "use Alpine"), 10.001)
    assert led.page_script_hash == "new"
    assert led.widget_states.widgets[0].string_value == "use Alpine"


def test_a_second_field_is_taken_along_too(way: Way):
    way.follow(asked("old", "use"), 10.001)
    assert way.follow(asked("old", "use Alpine"), 10.1).page_script_hash == "new"


def test_what_the_link_had_taken_along_already_leads_nobody_back(way: Way):
    assert way.follow(asked("old"), 10.001).page_script_hash == "new"


def test_who_clicks_the_link_back_gets_back(way: Way):
    assert way.follow(asked("old"), 10.0 + AT_ONCE_S).page_script_hash == "old"


def test_the_browsers_own_way_back_is_followed(way: Way):
    assert way.follow(asked("old", "use Alpine", back=True), 10.2).page_script_hash == "old"


def test_a_page_that_the_browser_did_not_name_as_it_came_is_known_from_the_session():
    way = Way()
    way.follow(asked(""), 0.0)
    way.follow(asked("new"), 1.0, shown="first")
    assert way.follow(asked("first", "use Alpine"), 1.001).page_script_hash == "new"
