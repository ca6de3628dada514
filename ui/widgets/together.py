"""The session on every page: the chip in the sidebar, and the drawer with people and chat."""

from __future__ import annotations

from typing import Any

import streamlit as st

from collaboration.keys import VIEWER
from collaboration.manager import websocket_manager
from ui import navigation, sharing, state, together
from ui.components.room import room
from ui.text import count, label
from ui.widgets.collaborate import voice


def chip() -> None:
    """Show the session in the sidebar: create or join one, or who is here and the way out."""
    st.divider()
    room("chip", key=state.ROOM_CHIP, data=_common())
    voice.bar()
    shared = state.page().shared
    if shared.clashes:
        st.warning(f"{count(len(shared.clashes), 'file')} changed by a colleague too. Both are kept.", icon=":material/call_split:")
        if st.button("Decide", key="decide_clashes"):
            navigation.go("collaborate")
    if is_viewer():
        st.caption("You are a viewer in this session: you see everything and change nothing. Leave it to work on your own.")
    if shared.notice:
        st.warning(label(shared.notice, most=300), icon=":material/sync_problem:")
        shared.notice = ""


@st.fragment
def dock(page: str) -> None:
    """Mount the drawer. What colleagues change reaches the page here: the whole page is run again only where it is concerned."""
    held = state.session()
    membership = held.membership
    data: dict[str, Any] = {
        **_common(),
        "page": page,
        "path": str(state.value(state.REVIEW_FILE) or "") if page == "review" else "",
        "invited": str(st.query_params.get("session", ""))[:64] if membership is None else "",
        "room": {"session": membership.session, "name": membership.name, "title": membership.title} if membership else None,
    }
    told = room("dock", key=state.ROOM_DOCK, data=data, on_go=_go, on_asked=_asked)
    if state.page().going or sharing.news(told.get("shared")):
        st.rerun(scope="app")


def answers() -> None:
    """Draw the page again once the session has answered what this page shares, or the app is back in it."""
    if state.page().shared.waiting or sharing.away():
        _waiting()


@st.fragment(run_every=0.5)
def _waiting() -> None:
    if sharing.answered() or sharing.back():
        st.rerun(scope="app")


def is_viewer() -> bool:
    """Tell whether this page's user may only look, since the session's owner said so."""
    return together.role_of(state.session()) == VIEWER


def wanted() -> dict[str, str]:
    """Return where a click on the drawer or the feed wants to go: a page, a path, a run."""
    for key in (state.ROOM_DOCK, state.ROOM_FEED):
        told = st.session_state.get(key)
        go = told.get("go") if told is not None else None
        if isinstance(go, dict):
            return {name: str(go.get(name, ""))[:600] for name in ("page", "path", "run")}
    return {}


def _go() -> None:
    follow(wanted())


def _asked() -> None:
    from ui.widgets.collaborate.architect import asked  # it needs the whole of asking, which no page should wait for

    asked()


def follow(target: dict[str, str]) -> None:
    """Go to where something is shown: the page, the file, or a colleague's run to watch."""
    page, record = target.get("page", ""), state.page()
    if page == "watch":
        record.watching, page = target.get("run", ""), "collaborate"
    if target.get("path"):
        st.session_state[state.SHARED_FILE] = target["path"]
    if navigation.has(page):
        record.going = page


def _common() -> dict[str, Any]:
    workspace = state.page().workspace
    status = websocket_manager.status
    return {
        "session": state.session().token,
        "off": "" if status.port is not None else status.sentence,
        "suggested": workspace.name if workspace is not None else "",
    }
