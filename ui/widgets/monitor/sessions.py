"""Sessions of several people: how many, how many are in them, what they say to each other, since when; from the sidecar's own figures."""

from __future__ import annotations

import re
from collections.abc import Mapping

import streamlit as st

from collaboration.manager import websocket_manager
from collaboration.supervisor import ask
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import label
from ui.widgets.monitor.view import View

PREFIX = "omni_collaboration_"
_LINE = re.compile(rf"{PREFIX}(\w+) (\S+)")


def panel(_view: View) -> None:
    """Show the figures while there is a session, and why there can be none where collaboration is off."""
    status = websocket_manager.status
    if status.port is None:
        st.caption(f"**Sessions** · {label(status.sentence, most=200)}")
        return
    try:
        code, body = BRIDGE.call(ask("127.0.0.1", status.port, "/metrics"), 3)
    except (TimeoutError, BridgeBusyError):
        code, body = 0, b""
    figures = read(body.decode(errors="replace")) if code == 200 else {}
    if not figures:
        st.caption("**Sessions** · the sidecar does not answer.")
        return
    if not figures.get("sessions"):
        st.caption("**Sessions** · nobody works together right now.")
        return
    st.markdown("**Sessions**")
    with st.container(key="monitor_sessions", horizontal=True):
        st.metric("Active", f"{figures['sessions']:,.0f}")
        st.metric("Participants", f"{figures['participants']:,.0f}")
        st.metric("Messages", f"{figures['ops_total']:,.0f}", help="Changes, chat and events since the sidecar started.")
        st.metric("Oldest", lasting(figures["oldest_session_seconds"]))
        st.metric("Last activity", f"{lasting(figures['last_activity_seconds'])} ago")


def read(text: str) -> Mapping[str, float]:
    """Return the sidecar's plain figures by name, without those that have labels."""
    return {found[1]: float(found[2]) for line in text.splitlines() if (found := _LINE.fullmatch(line))}


def lasting(seconds: float) -> str:
    """Say how long, in the unit that fits."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
