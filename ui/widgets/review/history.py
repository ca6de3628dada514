"""The history: earlier runs reopened, compared and forgotten; and a verdict the user changed, kept as changed."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from engine.runs import RunSummary
from providers.records import Verdict
from ui import state
from ui.navigation import go
from ui.text import ago, count, label, money, seconds
from ui.widgets.review.inspect import difference
from ui.widgets.running import store

LISTED = 50


def bar() -> None:
    """Show which run is open, and the way to earlier ones; a problem of the last click is said here."""
    page = state.page()
    runs = store().recent(state.browser(), limit=LISTED)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if page.verdict is not None:
            st.markdown(_open_run(page.verdict, runs))
        if runs:
            with st.popover(f"Earlier runs ({len(runs)})", icon=":material/history:"):
                _earlier(runs)
    if page.review_problem:
        st.error(label(page.review_problem, most=400), icon=":material/error:")
        page.review_problem = ""


def nothing_yet() -> None:
    """Say what to do where there is no run to review."""
    st.info("There is no run to review yet. Generate something, or reopen an earlier run.", icon=":material/info:")
    if st.button("Go to Generate", key="go_generate", type="primary"):
        go("generate")


def changed(verdict: Verdict) -> None:
    """Make this the page's verdict and keep it in the history."""
    page, run = state.page(), state.session().run
    page.verdict = verdict
    page.review_problem = ""
    if run is not None and run.verdict is not None and run.verdict.run_id == verdict.run_id:
        run.verdict = verdict
    store().update(state.browser(), verdict)


def _open_run(verdict: Verdict, runs: tuple[RunSummary, ...]) -> str:
    summary = next((run for run in runs if run.id == verdict.run_id), None)
    if summary is None:
        return f"**Run** {label(verdict.run_id)}"
    return f"**{label(_name(summary))}** · :gray[{label(_told(summary), most=300)}]"


def _earlier(runs: tuple[RunSummary, ...]) -> None:
    names = {run.id: run for run in runs}
    st.selectbox("Run", list(names), key=state.EARLIER_RUN, format_func=lambda run: label(_name(names[run]), most=100))
    chosen = names.get(str(state.value(state.EARLIER_RUN)), runs[0])
    st.caption(label(_told(chosen), most=300))
    if chosen.instruction:
        st.text(f"asked: {chosen.instruction}")
    with st.container(horizontal=True):
        st.button("Open", key="open_run", type="primary", on_click=_reopen, args=(chosen.id,))
        st.button("Compare", key=state.COMPARE_RUN, on_click=_compare, args=(chosen.id,), disabled=state.page().verdict is None)
        st.button("Forget", key="forget_run", on_click=_forget, args=(chosen.id,))


def _reopen(run_id: str) -> None:
    page, held = state.page(), state.session()
    try:
        record = store().load(state.browser(), run_id)
    except KeyError:
        page.review_problem = "This run is not in the history any more."
        return
    if held.run is not None and held.run.over:
        held.run = None
    page.reopened, page.verdict, page.failure, page.sent = record, record.verdict, None, None


def _compare(run_id: str) -> None:
    page = state.page()
    try:
        page.compared = store().load(state.browser(), run_id)
    except KeyError:
        page.review_problem = "This run is not in the history any more."


def comparison() -> None:
    """Show how another run's verdict differs from this one's, file by file."""
    page = state.page()
    if page.compared is None or page.verdict is None:
        return
    other = page.compared
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**Compared with {label(_name(other.summary))}** · :gray[{label(_told(other.summary), most=300)}]")
            st.button("Close", key="close_comparison", type="tertiary", on_click=_stop_comparing)
        before = {artifact.path: artifact.content for artifact in other.verdict.artifacts}
        after = {artifact.path: artifact.content for artifact in page.verdict.artifacts}
        for path in sorted(before.keys() | after.keys()):
            text = difference(before.get(path, ""), after.get(path, ""), "that run", "this run")
            if text:
                st.caption(f"{label(path)}. Minus: that run. Plus: this run.")
                st.code(text, language="diff", height=360 if text.count("\n") > 24 else "content")
            else:
                st.caption(f"{label(path)}: the same in both runs.")


def _stop_comparing() -> None:
    state.page().compared = None


def _forget(run_id: str) -> None:
    store().delete(state.browser(), run_id)
    st.session_state.pop(state.EARLIER_RUN, None)


def _name(summary: RunSummary) -> str:
    folder = summary.workspace.rstrip("/").rpartition("/")[2] or summary.workspace
    return f"{folder}: {', '.join(summary.targets)}, {ago(summary.created_at, datetime.now(UTC))}"


def _told(summary: RunSummary) -> str:
    parts = [
        f"preset {summary.preset}",
        f"strategy {summary.strategy}",
        f"won by {summary.winner}" if summary.winner else "composed by you",
    ]
    if summary.score is not None:
        parts.append(f"score {summary.score:.2f}")
    parts += [f"agreement {summary.consensus:.0%}", seconds(summary.latency_ms), money(summary.cost_usd)]
    parts.append(summary.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"))
    return ", ".join(parts) + (f", asked for {count(len(summary.targets), 'target')}" if len(summary.targets) > 1 else "")
