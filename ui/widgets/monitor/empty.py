"""What the Monitor page says while there is nothing to count."""

from __future__ import annotations

import streamlit as st

from ui import navigation
from ui.widgets.monitor.head import started
from ui.widgets.monitor.view import View


def nothing_yet(view: View) -> None:
    """Say what will stand here and how to make it, or where to look instead."""
    with st.container(key="monitor_empty", border=True):
        st.markdown("**Nothing has run in this time.**")
        whose = "your own runs" if view.own else "everybody's runs"
        st.markdown(
            f"This page counts {whose} since the program was started, which was {started(view)}. After the first Generate it shows, member "
            "by member, how often each was asked, how often it answered, how long it took, what it cost, and what went wrong."
        )
        st.caption(
            "Choose a longer time above, or make a run. For Prometheus the same is at /metrics; docs/monitoring.md names every figure."
        )
        if st.button("Go to Generate", key="monitor_go", icon=":material/bolt:"):
            navigation.go("generate")
