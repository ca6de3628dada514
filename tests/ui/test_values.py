"""A widget's value reaches the browser: it is told in every run until the browser names the widget."""

from __future__ import annotations

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState

from ui import values

PATH = "$$ID-1-path"


@pytest.fixture(autouse=True)
def kept_told() -> None:
    values.keep_told()
    values.keep_told()


@pytest.fixture
def session() -> SafeSessionState:
    return SafeSessionState(SessionState(), lambda: None)


def registered(session: SafeSessionState, value_type: str = "string_value", user_key: str | None = "path"):
    metadata = WidgetMetadata(PATH, lambda given: given or "", lambda value: value, value_type)  # type: ignore[arg-type]
    return session.register_widget(metadata, user_key)


def says(*widgets: tuple[str, str]) -> WidgetStates:
    states = WidgetStates()
    for name, value in widgets:
        states.widgets.add(id=name, string_value=value)
    return states


def test_a_value_that_was_set_is_told_again_while_the_browser_does_not_name_the_widget(session: SafeSessionState) -> None:
    session["path"] = "/srv/shop"
    for _ in range(3):  # what two of the runs had to tell was never sent
        session.on_script_will_rerun(says(("$$ID-2-other", "x")))
        found = registered(session)
        assert (found.value, found.value_changed) == ("/srv/shop", True)


def test_once_the_browser_names_it_what_is_typed_there_holds(session: SafeSessionState) -> None:
    session["path"] = "/srv/shop"
    session.on_script_will_rerun(says())
    registered(session)
    session.on_script_will_rerun(says((PATH, "/srv/shop")))
    assert not registered(session).value_changed
    session.on_script_will_rerun(says((PATH, "/srv/other")))
    found = registered(session)
    assert (found.value, found.value_changed) == ("/srv/other", False)


def test_a_run_the_page_asked_for_itself_goes_by_what_the_browser_said_last(session: SafeSessionState) -> None:
    session.on_script_will_rerun(says((PATH, "/srv/shop")))
    registered(session)
    session.on_script_will_rerun(None)
    assert not registered(session).value_changed


@pytest.mark.parametrize(("value_type", "user_key"), [("trigger_value", "path"), ("string_value", None)])
def test_buttons_and_widgets_without_a_key_are_left_alone(session: SafeSessionState, value_type: str, user_key: str | None) -> None:
    session.on_script_will_rerun(says())
    assert not registered(session, value_type, user_key).value_changed
