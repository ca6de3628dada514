"""Review: every candidate with its evidence, decision by decision, and the choice between them."""

from __future__ import annotations

import streamlit as st

from ui.widgets import running
from ui.widgets.review import charts, decisions, history, inspect, proving, ranking, record, repairing

running.collect()
repairing.collect()
proving.collect()
verdict = history.shown()
history.bar(verdict)
# What may be there or not has a place of its own, so that nothing below it is drawn anew when it comes or goes.
live, told = st.container(), st.container()
repair, proof = st.columns(2, gap="small")
compared = st.container()
if running.is_running():
    with live:
        running.watch()
if verdict is not None:
    with told:
        record.reasons(verdict)
    with repair:
        repairing.panel(verdict)
    with proof:
        proving.panel(verdict)
    with compared:
        history.comparison(verdict)
    left, right = st.columns([4, 8], gap="medium")
    with left:
        chosen = ranking.candidates(verdict)
    with right:
        inspect.viewer(verdict, chosen)
    decisions.table(verdict)
    record.metadata(verdict)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        charts.timeline(verdict)
    with right:
        charts.agreement(verdict)
    charts.council(verdict)
    record.sent_prompt()
elif not running.is_running():
    history.nothing_yet()
