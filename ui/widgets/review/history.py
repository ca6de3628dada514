"""The history: earlier runs reopened, compared and forgotten; and a verdict the user changed, kept as changed."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from engine.choose import undecided
from engine.generate import keep
from engine.live import RunState
from engine.runs import HistoryProblem, RunSummary
from providers.records import Verdict
from providers.reputation import alone, reputations
from ui import state
from ui.navigation import go
from ui.text import ago, label, money, plain, seconds, unique
from ui.widgets import running
from ui.widgets.review.inspect import difference, show_difference
from ui.widgets.review.record import export
from ui.widgets.targets import target_label
from ui.widgets.verdict import agreed, remarks

LISTED = 50
OF_HISTORY = "history_popover"
GONE = "This run is not in the history any more."


def shown() -> Verdict | None:
    """Return what there is to review: the verdict, or what the members gave in a run that ended without one."""
    page, run = state.page(), state.session().run
    if page.verdict is not None or run is None or not run.over or run.verdict is not None:
        return page.verdict
    frame = run.snapshot()
    candidates = run.failure.candidates if run.failure and run.failure.candidates else run.candidates
    if not candidates:
        return None
    why = run.failure.message if run.failure else f"The run was stopped after {seconds(frame.elapsed_ms)}, before its verdict."
    return undecided(run.run_id, candidates, run.strategy, run.execution, why, frame.elapsed_ms)


def bar(verdict: Verdict | None) -> None:
    """Show which run is open, the way on and the way to earlier runs."""
    summary, earlier, broken = _kept(verdict)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if verdict is not None:
            _heading(verdict, summary)
        elif running.is_running():
            st.caption("The members are answering.")
        with st.container(horizontal=True, width="content", gap="small"):
            if running.is_running():
                st.button("Stop", key=state.STOP, icon=":material/stop_circle:", on_click=running.stop, shortcut="Escape")
            with st.popover("Earlier runs", icon=":material/history:", key=OF_HISTORY, on_change="rerun", disabled=not earlier) as popover:
                if popover.open and earlier:
                    _earlier(earlier, verdict)
                else:
                    st.session_state.pop(state.EARLIER_RUN, None)  # so that list box and page agree when it opens again
            if verdict is not None:
                export(verdict)
            if verdict is not None and verdict.artifacts and st.button("Apply", key="to_deliver", type="primary", icon=":material/save:"):
                go("deliver")
    if broken:
        st.error(label(broken, most=400), icon=":material/error:")
    problem(state.EARLIER_RUN)


def _kept(verdict: Verdict | None) -> tuple[RunSummary | None, tuple[RunSummary, ...], str]:
    """Return this run's line of the history, the newest lines, and what is wrong with the history."""
    kept, owner = running.store(), state.browser()
    try:
        return (kept.find(owner, verdict.run_id) if verdict else None), kept.recent(owner, limit=LISTED), ""
    except HistoryProblem as broken:
        return None, (), broken.message


def problem(of: str) -> None:
    """Say once, beside what was clicked, why it could not be done; the place is there always, so that nothing below it moves anew."""
    page = state.page()
    with st.container():
        if page.review_problem and (page.review_problem_of or state.EARLIER_RUN) == of:
            st.error(label(page.review_problem, most=400), icon=":material/error:")
            page.review_problem = page.review_problem_of = ""


def refused(of: str, why: str) -> None:
    """Keep a problem to be said where `of`, the key of a widget, stands."""
    page = state.page()
    page.review_problem, page.review_problem_of = why, of


def nothing_yet() -> None:
    """Say what to do where there is no run to review."""
    st.info("There is no run to review yet. Generate something, or reopen an earlier run.", icon=":material/info:")
    if st.button("Go to Generate", key="go_generate", type="primary"):
        go("generate")


def changed(verdict: Verdict) -> None:
    """Make this the page's verdict and keep it in the history; a run that ended without one enters the history by this."""
    page, held, owner, kept = state.page(), state.session(), state.browser(), running.store()
    run, page.review_problem, page.verdict = held.run, "", verdict
    enters = False
    if run is not None and run.verdict is not None and run.verdict.run_id == verdict.run_id:
        run.verdict = verdict
    elif run is not None and run.run_id == verdict.run_id and page.sent is not None and page.workspace is not None:
        held.run = page.failure = None
        enters = True
    try:
        if enters and page.sent is not None and page.workspace is not None:
            keep(kept, page.sent, verdict, owner=owner, workspace=page.workspace.location, preset=page.sent_preset)
        kept.update(owner, verdict)
    except HistoryProblem as broken:
        refused(state.EARLIER_RUN, f"The change is shown here, but it is not in the history. {broken.message}")


def comparison(verdict: Verdict) -> None:
    """Show how another run's verdict differs from this one's, file by file."""
    other = state.page().compared
    if other is None or other.summary.id == verdict.run_id:
        return
    with st.container(border=True, key="comparison"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**Compared with {label(_entry(other.summary), most=200)}**", help=label(_told(other.summary), most=300))
            st.button("Close", key="close_comparison", icon=":material/close:", type="tertiary", on_click=_stop_comparing)
        before = {artifact.path: artifact.content for artifact in other.verdict.artifacts}
        after = {artifact.path: artifact.content for artifact in verdict.artifacts}
        for path in sorted(before.keys() | after.keys()):
            text = difference(before.get(path, ""), after.get(path, ""), "that run", "this run")
            where = "only in that run" if path not in after else "only in this run" if path not in before else "the same in both runs"
            if text:
                st.caption(
                    f"{label(path)}: minus that run, plus this run." if path in before and path in after else f"{label(path)}: {where}."
                )
                show_difference(text)
            else:
                st.caption(f"{label(path)}: {where}.")


def _heading(verdict: Verdict, summary: RunSummary | None) -> None:
    rules = [f"preset {summary.preset}"] if summary else []
    parts = [*rules, f"strategy {verdict.strategy}".replace("_", " ")]
    if verdict.assessment:
        parts += [f"score {verdict.assessment.score:.2f}", remarks(verdict.assessment)]
    parts += [agreed(verdict), seconds(verdict.latency_ms), money(verdict.cost_usd)]
    name = _name(summary) if summary else "A run that is not in the history" if verdict.artifacts else "A run without a verdict"
    exact = f"{summary.workspace}, {_clock(summary)}, run {verdict.run_id}" if summary else f"run {verdict.run_id}"
    with st.container(gap=None, width="stretch"):
        st.markdown(f"**{label(name)}**", help=label(exact, most=400))
        st.caption(label(" · ".join(part for part in parts if part), most=300))


def _earlier(runs: tuple[RunSummary, ...], verdict: Verdict | None) -> None:
    by_id, names = {run.id: run for run in runs}, unique({run.id: _entry(run) for run in runs})
    if state.value(state.EARLIER_RUN) not in by_id:
        st.session_state[state.EARLIER_RUN] = runs[0].id
    st.selectbox("Run", list(by_id), key=state.EARLIER_RUN, format_func=lambda run: names.get(run, run), width=460)
    chosen = by_id[str(state.value(state.EARLIER_RUN))]
    st.caption(label(f"{_told(chosen)}, {_clock(chosen)}", most=400))
    if chosen.instruction:
        st.text(f"asked: {plain(chosen.instruction, 300)}")
    is_open = verdict is not None and verdict.run_id == chosen.id
    with st.container(horizontal=True):
        st.button("Open", key="open_run", type="primary", on_click=_reopen, args=(chosen.id,), disabled=is_open)
        comparable = verdict is not None and not is_open
        st.button("Compare", key=state.COMPARE_RUN, on_click=_compare, args=(chosen.id,), disabled=not comparable)
        st.button("Forget", key="forget_run", on_click=_forget, args=(chosen.id,), help="Take this run out of the history for good.")
    if len(runs) == LISTED:
        st.caption(f"The {LISTED} newest runs are listed.")
    _members()


def _members() -> None:
    """Show how the members of the newest runs fared, and say when one of them alone would have been enough."""
    try:
        records = reputations(running.store().verdicts(state.browser()))
    except HistoryProblem:
        return  # the bar says it already
    if not records:
        return
    st.caption("Members in your newest runs")
    rows = [
        {"member": name, "runs": one.runs, "passed": one.passed, "as good as the verdict": one.as_good, "cost": money(one.cost_usd)}
        for name, one in sorted(records.items(), key=lambda entry: -entry[1].weight)
    ]
    st.dataframe(rows, hide_index=True, width=460, alt="How often each member passed the validators and was as good as the verdict")
    if enough := alone(records):
        st.info(label(enough, most=300), icon=":material/savings:")


def _reopen(run_id: str) -> None:
    page, held = state.page(), state.session()
    try:
        record = running.store().load(state.browser(), run_id)
    except (KeyError, HistoryProblem) as why:
        refused(state.EARLIER_RUN, GONE if isinstance(why, KeyError) else why.message)
        return
    if held.run is not None and held.run.state is not RunState.RUNNING:
        held.run = None
    page.reopened, page.verdict, page.failure = record, record.verdict, None
    st.session_state[OF_HISTORY] = False


def _compare(run_id: str) -> None:
    page = state.page()
    try:
        page.compared = running.store().load(state.browser(), run_id)
    except (KeyError, HistoryProblem) as why:
        refused(state.EARLIER_RUN, GONE if isinstance(why, KeyError) else why.message)
    st.session_state[OF_HISTORY] = False


def _stop_comparing() -> None:
    state.page().compared = None


def _forget(run_id: str) -> None:
    page = state.page()
    try:
        running.store().delete(state.browser(), run_id)
    except HistoryProblem as why:
        refused(state.EARLIER_RUN, why.message)
        return
    if page.compared is not None and page.compared.summary.id == run_id:
        page.compared = None
    st.session_state.pop(state.EARLIER_RUN, None)


def _entry(summary: RunSummary) -> str:
    score = f", score {summary.score:.2f}" if summary.score is not None else ""
    return f"{plain(_name(summary), 100)} ({summary.created_at.astimezone():%H:%M:%S}){score}"


def _name(summary: RunSummary) -> str:
    folder = summary.workspace.rstrip("/").rpartition("/")[2] or summary.workspace
    targets = ", ".join(target_label(target) for target in summary.targets)
    return f"{folder}: {targets}, {ago(summary.created_at, datetime.now(UTC))}"


def _told(summary: RunSummary) -> str:
    who = f"won by {summary.winner}" if summary.winner else "composed of several answers"
    score = [f"score {summary.score:.2f}"] if summary.score is not None else []
    strategy = f"strategy {summary.strategy}".replace("_", " ")
    return ", ".join([f"preset {summary.preset}", strategy, who, *score, seconds(summary.latency_ms), money(summary.cost_usd)])


def _clock(summary: RunSummary) -> str:
    return summary.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
