"""Who did what and when, and a colleague's run as it happens."""

from __future__ import annotations

import streamlit as st

from ui import state, together
from ui.components.council import council
from ui.components.room import room
from ui.text import label
from ui.widgets.together import follow, wanted


def nobody() -> None:
    """Teach what a session is, while the page is in none."""
    st.subheader("Work on this together")
    st.markdown(
        "Create a session and send its link to the colleagues who are signed in to this app. Then everybody sees who is here and where, "
        "which files are selected, what is being generated, which files came out, and which commands and Git operations ran.\n\n"
        "- Two people who change the same file never overwrite each other: both versions are shown, and one of you decides.\n"
        "- The owner decides who edits and who only watches.\n"
        "- You can talk: a session has a voice room.\n"
        "- Nothing is stored: the session ends with the last one who leaves."
    )
    st.caption("Press **Work together** in the sidebar or at the top right to create a session, or to join one by its link.")


def feed() -> None:
    """Show the activity of the session, newest first."""
    st.markdown("**Activity**")
    with st.container(key="activity", height=420, border=True):
        room("feed", key=state.ROOM_FEED, data={"session": state.session().token}, on_go=_go)


def watched() -> None:
    """Show the colleague's run that the user chose to watch."""
    record, held = state.page(), state.session()
    if not record.watching:
        return
    run = held.run if held.run is not None and held.run.run_id == record.watching else together.shared_run(held, record.watching)
    with st.container(border=True, key="watched"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown("**A colleague's run, as it happens**")
            st.button("Close", key="watched_close", type="tertiary", on_click=_close)
        if run is None:
            st.info(label("This run is over, or it happens in another copy of the app. Its files appear below when it is done.", most=200))
        else:
            council(key=f"watched_{record.watching}", session=held.token, run=run.run_id, height=200, on_ended=_ended)


def _close() -> None:
    state.page().watching = ""


def _ended() -> None:
    """Leave the picture as it is; the files come through the session."""


def _go() -> None:
    follow(wanted())
