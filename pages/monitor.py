"""Monitor: what ran, who answered how well, what went wrong, what it cost; kept up to date while it is open."""

from __future__ import annotations

import streamlit as st

from ui.widgets import running
from ui.widgets.monitor import PANELS, head
from ui.widgets.monitor.empty import nothing_yet
from ui.widgets.monitor.view import choices, look

REFRESH_S = 4

running.collect()


@st.fragment(run_every=REFRESH_S, key="monitor")
def _live() -> None:
    view = look()
    if view.figures.runs or view.figures.active:
        head.figures(view)
    else:
        nothing_yet(view)
    for panel in PANELS:
        with st.container():  # a place of its own, so that nothing below moves when it comes or goes
            panel(view)


with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        choices()
    head.downloads()
_live()
