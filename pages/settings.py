"""Settings: keys of this browser session, live model lists, presets."""

from __future__ import annotations

import streamlit as st

from ui.widgets.settings import keys, presets

vendors_tab, presets_tab = st.tabs(["Vendors and keys", "Presets"])
with vendors_tab:
    keys.panel()
with presets_tab:
    presets.panel()
