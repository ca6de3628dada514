"""Generate: open a repository, check what was found, ask the members, see the verdict."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.widgets import asking, dictating, ondisk, picture, running, targets
from ui.widgets.explorer import explorer
from ui.widgets.facts import found_panel
from ui.widgets.opening import opening, welcome
from ui.widgets.verdict import verdict_panel

running.collect()
opening()
record = state.page()
if record.workspace is None:
    welcome()
else:
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
