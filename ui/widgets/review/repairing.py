"""Repair on the Review page: the button, the progress with Cancel, and every attempt with its score."""

from __future__ import annotations

import streamlit as st

from architect.request import Request, Target
from artifacts.records import Expectations
from config import settings
from engine.choose import COMPOSED
from engine.job import JobState
from engine.refining.job import RepairJob
from engine.refining.records import Attempt, OnProgress, Refinement
from engine.repairing import repair, repairable
from providers.records import Verdict
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import count, label, money, plain, seconds
from ui.widgets import running, sidebar
from ui.widgets.review import history

LOOKING_S = 0.4
ARCHITECT = "architect"


def panel(verdict: Verdict) -> None:
    """Offer to repair what the validators remark, show the repair while it goes on, and what was tried when it is over."""
    job = _job(verdict)
    if job is not None and not job.over:
        with st.container(border=True, key="repair_progress"):
            _watch()
        return
    left = repairable(verdict, state.page().expectations)
    if job is None and not left:
        return
    with st.container(border=True, key="repair_panel"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(label(_told(job, left), most=300))
            if left:
                st.button(
                    "Repair" if job is None else "Repair again",
                    key=state.REPAIR,
                    icon=":material/build:",
                    on_click=_start,
                    args=(verdict,),
                    disabled=running.is_running(),
                    help=_help(),
                )
        if job is not None and job.problem:
            st.error(label(job.problem, most=400), icon=":material/error:")
        attempts = job.refinement.attempts if job and job.refinement else job.progress.attempts if job else ()
        if attempts:
            with st.expander(f"{count(len(attempts), 'attempt')}, {sum(attempt.accepted for attempt in attempts)} kept", type="compact"):
                _attempts(attempts)


def collect() -> None:
    """Take the repaired verdict into the page, once, where it is still the verdict that was repaired."""
    page = state.page()
    job = page.repairing
    if job is None or not job.over or job.taken:
        return
    job.taken = True
    if job.verdict is not None and page.verdict is not None and job.run_id == page.verdict.run_id and job.refinement is not None:
        if job.before is page.verdict and job.refinement.improved:
            history.changed(job.verdict)
            st.session_state[state.CANDIDATE] = COMPOSED
        elif job.before is not page.verdict:
            job.problem = "The verdict was changed while it was repaired, so the repair was not taken over. Repair it again."


def _job(verdict: Verdict) -> RepairJob | None:
    job = state.page().repairing
    return job if job is not None and job.run_id == verdict.run_id else None


def _told(job: RepairJob | None, left: int) -> str:
    """Say how it stands in a sentence."""
    remarks = f"{count(left, 'remark')} of the validators could be repaired."
    if job is None:
        return remarks
    if job.state is JobState.STOPPED:
        return f"The repair was stopped; the verdict is as it was. {remarks}" if left else "The repair was stopped."
    if job.refinement is None:
        return remarks
    return _outcome(job.refinement)


def _outcome(done: Refinement) -> str:
    before, after = done.before, done.assessment
    took = f"{seconds(done.latency_ms)}, {money(done.cost_usd)}"
    if not done.improved:
        return f"Nothing tried improved the verdict: {done.stopped} ({took})."
    scores = f"score {before.score:.2f} to {after.score:.2f}"
    found = f"{count(len(before.findings), 'finding')} to {len(after.findings)}"
    return f"Repaired: {scores}, {found}; {done.stopped} ({took})."


def _help() -> str:
    """Say who would repair, before anything is asked."""
    found = sidebar.resolved()
    names = [member.title for member in found.members if member.vendor != ARCHITECT]
    who = f"{', '.join(names[:3])} and the built-in architect" if names else "The built-in architect"
    return label(f"{who} repair the remarks file by file. Only what improves the result is kept.", most=300)


def _start(verdict: Verdict) -> None:
    page = state.page()
    preset, tuning = sidebar.resolved().preset, sidebar.tuning()
    configs = {vendor: dict(held) for vendor, held in page.keys.items()}
    request, expectations, config = _request(page.expectations), page.expectations, settings()
    job = RepairJob(verdict)

    async def work(tell: OnProgress) -> tuple[Verdict, Refinement]:
        return await repair(verdict, request, expectations, preset, config, configs=configs, tuning=tuning, on_event=tell)

    try:
        job.attach(BRIDGE.submit(job.run(work)).cancel)
    except BridgeBusyError as problem:
        page.review_problem = str(problem)
        return
    page.repairing = job


def _request(expectations: Expectations | None) -> Request | None:
    """Return the structured question of the run that is shown, for the architect; None where it cannot be had again."""
    page = state.page()
    if page.sent_shown is not None:
        return page.sent_shown.request
    again = page.shown_again
    if again is None or page.workspace is None or page.profile is None or again.summary.workspace != page.workspace.location:
        return None
    from architect.expectations import expectations as expected

    request = Request(
        profile=page.profile, targets=tuple(Target(target) for target in again.summary.targets), instruction=again.summary.instruction
    )
    # options of a target are not kept in the history: where other files would come of it, the question was another one
    return request if expectations is not None and expected(request).files == expectations.files else None


def _cancel() -> None:
    job = state.page().repairing
    if job is not None:
        job.cancel()


@st.fragment(run_every=LOOKING_S)
def _watch() -> None:
    job = state.page().repairing
    if job is None or job.over:
        st.rerun()
    now = job.progress
    where = f"round {now.round} of {now.of}, " if now.of else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":material/build: Repairing: {label(where + now.doing, most=240)}")
        st.button("Cancel", key=state.REPAIR_CANCEL, icon=":material/stop_circle:", on_click=_cancel)
    if now.attempts:
        _attempts(now.attempts)


def _attempts(attempts: tuple[Attempt, ...]) -> None:
    st.dataframe(
        [
            {
                "round": attempt.round,
                "file": plain(attempt.path),
                "by": plain(attempt.label, 60),
                "what": plain(attempt.how, 200),
                "score": None if attempt.assessment is None else round(attempt.assessment.score, 3),
                "kept": "kept" if attempt.accepted else "not kept",
                "why": plain(attempt.why, 300),
            }
            for attempt in attempts
        ],
        hide_index=True,
        alt="What was tried to repair the verdict, with the score of each attempt",
    )
