"""A click that began is done to its end, whatever the browser sends meanwhile; and what it sends is not lost either."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from ui import callbacks


def script() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    def click() -> None:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        context.script_requests.request_rerun(RerunData())  # as a field that was left, or a component's event, does
        st.session_state["first"] = True
        st.session_state["second"] = st.session_state["first"]

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.button("Do it", key="do", on_click=click)


def test_a_request_that_comes_in_the_midst_of_a_click_waits_for_its_end_and_is_then_answered():
    callbacks.keep_whole()
    callbacks.keep_whole()
    page = AppTest.from_function(script).run()
    page.button(key="do").click().run()
    assert page.session_state["second"] is True
    assert page.session_state["runs"] >= 2
