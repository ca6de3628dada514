"""The frame around every page: the navigation at the top, the sidebar, then the page that was asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import sharing, state, warming
from ui.navigation import PAGES, go, streamlit_pages
from ui.widgets import together
from ui.widgets.sidebar import sidebar

# An icon of our own: without one the browser would fetch the page's symbol from a font service as the tab's icon.
ASSETS = Path(__file__).parent / "assets"
st.set_page_config(page_title="Omni-Architect", page_icon=str(ASSETS / "mark.svg"), layout="wide", initial_sidebar_state="auto")
st.html(ASSETS / "frame.css")
page = st.navigation(streamlit_pages(), position="top")
sharing.adopt()
if state.page().going:
    wanted, state.page().going = state.page().going, ""
    go(wanted)
sidebar()
state.remember()
sharing.seen()
together.dock(page.url_path or PAGES[0].id)
page.run()
if sharing.publish():
    st.rerun()  # a colleague was first: the page says so
together.answers()
warming.drawn()
