"""Review: every candidate with its evidence, decision by decision, and the choice between them."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.widgets import running
from ui.widgets.review import charts, decisions, history, inspect, ranking, record

running.collect()
page = state.page()
history.bar()
verdict = page.verdict
if verdict is None:
    history.nothing_yet()
else:
    left, right = st.columns([4, 8], gap="small")
    with left:
        chosen = ranking.candidates(verdict)
    with right:
        inspect.viewer(verdict, chosen)
    history.comparison()
    decisions.table(verdict)
    record.findings(verdict, chosen)
    record.metadata(verdict)
    charts.timeline(verdict)
    charts.agreement(verdict)
    record.sent_prompt()
    record.export(verdict)
