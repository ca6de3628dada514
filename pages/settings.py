"""Settings: keys of this browser session, live model lists, presets."""

from __future__ import annotations

import streamlit as st

from ui import folds
from ui.widgets.settings import keys, presets

vendors_tab, presets_tab = st.tabs(["Vendors and keys", "Presets"], key="settings_tabs", on_change="rerun")
with vendors_tab:
    if folds.drawn(vendors_tab, "settings_vendors"):
        keys.panel()
with presets_tab:
    if folds.drawn(presets_tab, "settings_presets"):
        presets.panel()
