"""The frame around every page: the navigation at the top, the sidebar, then the page that was asked for."""

from __future__ import annotations

import streamlit as st

from ui.navigation import streamlit_pages
from ui.widgets.sidebar import sidebar

st.set_page_config(page_title="Omni-Architect", layout="wide", initial_sidebar_state="auto")
page = st.navigation(streamlit_pages(), position="top")
sidebar()
page.run()
