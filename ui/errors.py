"""What the page says when its own code fails: an id that leads to the log, never a trace (SECURITY 34)."""

from __future__ import annotations

import secrets

from telemetry.logs import get_logger

log = get_logger(__name__)


def report(error: Exception) -> bool:
    """Log an uncaught exception of a page under a fresh id and show the id; Streamlit's own box is suppressed."""
    import streamlit as st

    identity = secrets.token_hex(4)
    log.error("page failed", error_id=identity, exc_info=error)
    st.error(f"This page failed. The log omni_architect.log has the details under error id {identity}.", icon=":material/error:")
    return True
