"""The Generate page once a folder is open: what was found, what is asked, the members at work, and the verdict."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.widgets import asking, dictating, ondisk, picture, running, targets
from ui.widgets.explorer import explorer
from ui.widgets.facts import found_panel
from ui.widgets.verdict import verdict_panel


def generating() -> None:
    """Show it, from the targets down."""
    record = state.page()
    ondisk.notice()
    targets.targets()
    left, right = st.columns([5, 7], gap="small")
    with left:
        explorer()
    with right:
        found_panel()
        asking.instruction()
        dictating.dictate()
        picture.add_a_picture()
    asking.bar()
    running.watch()
    if record.verdict is not None and not running.is_running():
        verdict_panel(record.verdict)
        asking.follow_up()
