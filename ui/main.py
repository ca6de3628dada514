"""The frame around every page: the navigation at the top, the sidebar, then the page that was asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import state
from ui.navigation import streamlit_pages
from ui.widgets.sidebar import sidebar

# An icon of our own: without one the browser would fetch the page's symbol from a font service as the tab's icon.
ASSETS = Path(__file__).parent / "assets"
st.set_page_config(page_title="Omni-Architect", page_icon=str(ASSETS / "mark.svg"), layout="wide", initial_sidebar_state="auto")
st.html(ASSETS / "frame.css")
page = st.navigation(streamlit_pages(), position="top")
sidebar()
state.remember()
page.run()
