"""What we found in the repository, correctable before anything is generated."""

from __future__ import annotations

import streamlit as st

from architect.profiler import apply_overrides
from ui import state
from ui.components.facts import correction, facts
from ui.text import label
from ui.widgets import declaring
from ui.widgets.found import groups


def found_panel() -> None:
    """Show the profile with its proof; a correction replaces the fact at once, a bad one says why not."""
    record = state.page()
    profile = record.profile
    if profile is None:
        return
    st.markdown("**What we found**")
    if profile.understood:
        facts(key=state.FACTS, groups=groups(profile), on_change=_corrected)
    for question in profile.questions:
        st.warning(label(question, most=400), icon=":material/help:")
    if not profile.understood and not profile.questions:
        st.warning("Nothing here was recognised as an application. Open the folder that holds its manifest.", icon=":material/help:")
    if not profile.understood:
        declaring.form()
    if record.notice:
        st.error(label(record.notice, most=400), icon=":material/error:")
    if record.overrides:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{len(record.overrides)} corrected by you")
            st.button("Back to what was found", key="forget_corrections", type="tertiary", on_click=_forget)


def _corrected() -> None:
    record = state.page()
    wanted = correction(st.session_state.get(state.FACTS))
    if wanted is None or record.found is None:
        return
    kept = tuple(other for other in record.overrides if (other.component, other.field) != (wanted.component, wanted.field))
    try:
        record.profile = apply_overrides(record.found, (*kept, wanted))
    except ValueError as problem:
        record.notice = str(problem)
        return
    record.overrides = (*kept, wanted)
    record.notice = ""


def _forget() -> None:
    record = state.page()
    record.profile, record.overrides, record.notice = record.found, (), ""
