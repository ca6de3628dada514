"""Ask: a conversation about the open workspace, with sources, experts and files that can be applied."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.widgets import running
from ui.widgets.ask import answers, questions

running.collect()
page = state.page()
if page.workspace is None or page.profile is None:
    questions.no_workspace()
else:
    questions.collect()
    questions.heading()
    history = st.container()
    with history:
        answers.conversation(page.workspace)
    questions.live()
    questions.field()
