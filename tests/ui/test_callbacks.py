"""A click that began is done to its end, whatever the browser sends meanwhile; and what it sends is not lost either."""

from __future__ import annotations

import threading

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from ui import callbacks


@pytest.fixture(autouse=True)
def kept_whole() -> None:
    callbacks.keep_whole()
    callbacks.keep_whole()


def asked_to_run_again() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    def click() -> None:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        context.script_requests.request_rerun(RerunData())
        st.session_state["first"] = True
        st.session_state["second"] = st.session_state["first"]

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.button("Do it", key="do", on_click=click)


def asked_to_stop() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    def click() -> None:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        context.script_requests.request_stop()  # as the server does when the browser has sent something newer
        st.session_state["first"] = True
        st.session_state["second"] = st.session_state["first"]

    st.button("Do it", key="do", on_click=click)


@pytest.mark.parametrize("script", [asked_to_run_again, asked_to_stop])
def test_a_click_is_done_to_its_end(script):
    page = AppTest.from_function(script).run()
    page.button(key="do").click().run()
    assert page.session_state["second"] is True


def test_a_request_that_came_in_the_midst_of_a_click_is_answered_after_it():
    page = AppTest.from_function(asked_to_run_again).run()
    page.button(key="do").click().run()
    assert page.session_state["runs"] >= 2


def test_a_newer_run_of_a_session_waits_for_the_click_of_the_older_one_and_no_other_session_does(monkeypatch: pytest.MonkeyPatch):
    begun, on = threading.Event(), threading.Event()
    order: list[str] = []

    def during(_state: SessionState, *_: object, **__: object) -> None:
        if threading.current_thread().name == "older":
            begun.set()
            assert on.wait(30)
        order.append(threading.current_thread().name)

    monkeypatch.setattr(SessionState, "on_script_will_rerun", during)
    ann, bob = SessionState(), SessionState()

    def run(name: str, session: SessionState) -> threading.Thread:
        thread = threading.Thread(target=SafeSessionState(session, lambda: None).on_script_will_rerun, args=(None,), name=name)
        thread.start()
        return thread

    older = run("older", ann)
    assert begun.wait(30)
    newer = run("newer", ann)
    run("other", bob).join(30)
    on.set()
    older.join(30)
    newer.join(30)
    assert order == ["other", "older", "newer"]
    assert not callbacks._TURNS


def test_a_fragments_event_from_the_page_that_was_left_does_not_lead_back_to_it() -> None:
    requests = ScriptRequests()
    assert requests.request_rerun(RerunData(page_script_hash="new", query_string="session=x"))
    assert requests.request_rerun(RerunData(page_script_hash="old", fragment_id="dock"))
    asked = requests.on_scriptrunner_ready().rerun_data
    assert (asked.page_script_hash, asked.query_string, asked.fragment_id_queue) == ("new", "session=x", [])


def test_a_link_clicked_after_a_fragments_event_is_followed() -> None:
    requests = ScriptRequests()
    assert requests.request_rerun(RerunData(page_script_hash="old", fragment_id="dock"))
    assert requests.request_rerun(RerunData(page_script_hash="new"))
    assert requests.on_scriptrunner_ready().rerun_data.page_script_hash == "new"
