"""Deliver: what would change on disk, applied as one set and taken back; then Git and the commands of the workspace."""

from __future__ import annotations

import streamlit as st

from ui import folds, state
from ui.widgets import ondisk, running, trusting
from ui.widgets.deliver import applied, changes, commanding, improving, repository

running.collect()
page = state.page()
if page.workspace is None:
    changes.no_workspace()
else:
    with st.container():  # so that what follows stays where it is when this has nothing to say
        applied.mend(page.workspace)
        applied.told()
        ondisk.notice()
        trusting.notice(page.workspace)
    improving.collect(page.workspace)
    improving.panel(page.workspace)
    if page.verdict is None or not page.verdict.artifacts:
        changes.nothing_to_apply()
    else:
        changes.review(page.workspace, page.verdict)
    applied.history(page.workspace)
    versions, commands = st.tabs(["Git", "Commands"], key="deliver_tabs", on_change="rerun")
    with versions:
        if folds.drawn(versions, "deliver_git"):
            repository.panel(page.workspace)
    with commands:
        if folds.drawn(commands, "deliver_commands"):
            commanding.panel(page.workspace)
