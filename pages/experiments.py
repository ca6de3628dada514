"""Experiments: a question set asked of several ensembles, a table that fills, and which of them is worth it."""

from __future__ import annotations

import streamlit as st

from ui.widgets.experiments import choosing, running, showing

running.collect()
st.markdown("**Which ensemble is worth it?** · :gray[a question set, asked of several configurations]")
if running.is_running():
    running.live()
else:
    chosen = choosing.choose()
    running.offer(chosen)
    showing.results()
