"""The explorer: pick the files that go into the prompt."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.components.tree import tree


def explorer(height: int = 300) -> None:
    """Show the tree of the open workspace; what is ticked is kept in the page's record."""
    record = state.page()
    assert record.workspace is not None
    tree(
        key=state.FILES,
        session=state.session().token,
        workspace=record.workspace.location,
        selection=record.selection,
        height=height,
        version=record.version,
        on_change=_picked,
    )


def _picked() -> None:
    told = st.session_state.get(state.FILES)
    chosen = told.get("selection") if told is not None else None
    if chosen is not None:
        state.page().selection = tuple(sorted({path for path in chosen if isinstance(path, str)}))
