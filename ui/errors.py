"""What the page says when its own code fails: an id that leads to the log, never a trace (SECURITY 34)."""

from __future__ import annotations

import secrets

from telemetry.logs import get_logger

log = get_logger(__name__)


def report(error: Exception) -> bool:
    """Log a page's uncaught exception under a fresh id and show the id, with the way to its record; Streamlit's own box is suppressed."""
    import streamlit as st

    from ui import state

    identity = secrets.token_hex(4)
    log.error("page failed", error_id=identity, exc_info=error)
    st.error(f"This page failed. The log omni_architect.log has the details under error id {identity}.", icon=":material/error:")
    st.button("Show it in the log", key=state.SHOW_IN_LOG, icon=":material/search:", on_click=_show, args=(identity,))
    return True


def _show(identity: str) -> None:
    from ui import state
    from ui.widgets.monitor.log import look_up

    look_up(identity)
    state.page().going = "monitor"
