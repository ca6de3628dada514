"""An experiment on the page: what it would take, Start, how it goes, Stop; it outlasts a reload of the page."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from config import settings
from engine.experiment import CONCURRENCY, MOST_CONCURRENCY, conduct, forecast, results
from engine.experiments.keeping import Answers, kept_for
from engine.experiments.planning import Experiment, plan
from engine.experiments.records import ExperimentProblem, Forecast, Progress, Results
from engine.job import Job, JobState
from engine.samples import SHIPPED as SAMPLE
from ui import lineup, state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import count, label, money
from ui.widgets import sidebar
from ui.widgets.experiments import showing
from ui.widgets.experiments.choosing import Chosen
from workspace.errors import NotFound, OutsideWorkspace
from workspace.files import Workspace, open_workspace

LOOK_S = 0.7
"""Seconds between two looks at an experiment under way."""
PATIENCE_S = 60.0


def offer(chosen: Chosen | None) -> None:
    """Say what it would take and offer to start it."""
    page = state.page()
    if page.experiment_problem:
        st.error(label(page.experiment_problem, most=700), icon=":material/error:")
    if chosen is None:
        return
    try:
        experiment, expected = _prepared(chosen)
    except (ExperimentProblem, BridgeBusyError, TimeoutError) as problem:
        st.error(
            label(str(problem) or "The question set could not be prepared in time. Use fewer questions.", most=700), icon=":material/error:"
        )
        return
    left, right = st.columns([7, 5], gap="medium", vertical_alignment="bottom")
    with left:
        st.markdown(f"{label(_in_words(expected), most=400)}")
        if expected.notes:
            with st.popover("Who is not asked", icon=":material/info:", type="tertiary"):
                for note in expected.notes:
                    st.caption(label(note, most=900))
    with right, st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="right"):
        with st.popover("Limits", icon=":material/tune:"):
            _limits(expected)
        st.button(
            "Start" if not expected.kept or not state.value(state.EXPERIMENT_RESUME, True) else "Go on",
            key=state.EXPERIMENT_START,
            type="primary",
            icon=":material/science:",
            on_click=start,
            args=(experiment, chosen.found.title),
            disabled=not (expected.runs or expected.kept),
        )


def start(experiment: Experiment, title: str) -> None:
    """Run it in the background."""
    page = state.page()
    if is_running():
        return
    answers = _answers(title)
    fresh = not state.value(state.EXPERIMENT_RESUME, True)
    concurrency = int(state.value(state.EXPERIMENT_CONCURRENCY) or CONCURRENCY)
    budget = state.value(state.EXPERIMENT_BUDGET)
    job: Job[Progress, Results] = Job(
        "an experiment", Progress(total=sum(not run.why_not for run in experiment.runs)), (ExperimentProblem,)
    )

    async def work(tell) -> Results:  # type: ignore[no-untyped-def]
        if fresh:
            answers.forget()
        return await conduct(experiment, answers=answers, concurrency=concurrency, budget_usd=budget, on_progress=tell)

    page.experiment_problem = ""
    try:
        future = BRIDGE.submit(job.run(work))
    except BridgeBusyError as problem:
        page.experiment_problem = str(problem)
        return
    job.attach(future.cancel)
    page.experiment_job, page.experiment, page.experiment_results = job, experiment, None
    page.experiment_for = None


def is_running() -> bool:
    """Tell whether this page's experiment goes on."""
    job = state.page().experiment_job
    return job is not None and not job.over


def collect() -> None:
    """Take what came of an experiment that has ended, however it did."""
    page = state.page()
    job = page.experiment_job
    if job is None or not job.over or job.taken or page.experiment is None:
        return
    job.taken = True
    page.experiment_for = None  # what is kept has changed
    page.experiment_problem = job.problem
    note = (
        f"Stopped after {job.progress.done} of {job.progress.total} runs. Go on asks only what is missing."
        if job.state is JobState.STOPPED
        else ""
    )
    page.experiment_results = job.result
    if job.result is None and job.progress.recorded:
        page.experiment_results = BRIDGE.call(results(page.experiment, job.progress.recorded, note=note), PATIENCE_S)


@st.fragment(run_every=LOOK_S)
def _going() -> None:
    page = state.page()
    job, experiment = page.experiment_job, page.experiment
    if job is None or job.over or experiment is None:
        st.rerun()
        return
    now = job.progress
    parts = [f"{now.done} of {count(now.total, 'run')}"]
    parts += [f"{now.kept} answered earlier"] if now.kept else []
    parts += [money(now.spent_usd, about=True)] if now.spent_usd else []
    st.progress(now.done / max(1, now.total), label(", ".join(parts)))
    showing.table(BRIDGE.call(results(experiment, now.recorded, replay=False), PATIENCE_S).rows)


def live() -> None:
    """Show how far it is, with Stop."""
    st.button("Stop", key=state.EXPERIMENT_STOP, icon=":material/stop_circle:", on_click=_stop, shortcut="Escape")
    _going()


def _stop() -> None:
    job = state.page().experiment_job
    if job is not None:
        job.cancel()


def _limits(expected: Forecast) -> None:
    st.number_input(
        "Budget, dollars",
        min_value=0.0001,
        value=None,
        format="%.4f",
        key=state.EXPERIMENT_BUDGET,
        placeholder="none",
        help="No run begins that could take the experiment above it. What has no known price cannot be counted.",
        persist_state="session",
    )
    st.session_state.setdefault(state.EXPERIMENT_CONCURRENCY, CONCURRENCY)
    st.number_input(
        "Runs at once",
        1,
        MOST_CONCURRENCY,
        key=state.EXPERIMENT_CONCURRENCY,
        help="Times can be compared between experiments with the same number only.",
        persist_state="session",
    )
    st.session_state.setdefault(state.EXPERIMENT_RESUME, True)
    st.toggle(
        "Keep what was answered",
        key=state.EXPERIMENT_RESUME,
        help=f"{count(expected.kept, 'run')} of this experiment were answered earlier. Off: they are forgotten, and all is asked again.",
        persist_state="session",
    )


def _prepared(chosen: Chosen) -> tuple[Experiment, Forecast]:
    """Return what would be run and what it would take; made again only when something changed."""
    page, tuning = state.page(), sidebar.tuning()
    location = page.workspace.location if page.workspace else ""
    wanted = (
        chosen.found.title,
        chosen.found.questions,
        tuple(str(asdict(entry)) for entry in chosen.configurations),
        hash(str(page.keys)),
        location,
        page.version,
        (tuning.temperature, tuning.max_tokens, tuning.timeout, tuning.budget_run, tuning.budget_day),
        state.value(state.EXPERIMENT_RESUME, True),
    )
    if page.experiment_for != wanted or page.experiment_offer is None:
        known, _ = lineup.catalogue(settings())
        keys = {vendor: dict(held) for vendor, held in page.keys.items()}
        experiment = plan(
            chosen.found.title,
            chosen.found.questions,
            chosen.configurations,
            presets_known=known,
            settings=settings(),
            open_repository=_opener(page.workspace),
            configs=keys,
            tuning=tuning,
        )
        answers = _answers(chosen.found.title) if state.value(state.EXPERIMENT_RESUME, True) else None
        page.experiment_offer = (experiment, BRIDGE.call(forecast(experiment, answers), PATIENCE_S))
        page.experiment_for = wanted
    return page.experiment_offer


def _opener(opened: Workspace | None):  # type: ignore[no-untyped-def]
    """Return what opens the two repositories that a set on the page may name; a file from elsewhere opens no folder of this machine."""

    def open_repository(name: str) -> Workspace:
        if name == "sample":
            return open_workspace(str(SAMPLE))
        if name != "workspace":
            raise OutsideWorkspace(f"On this page a repository is sample, or workspace for the open one; got {name[:60]!r}.")
        if opened is None:
            raise NotFound("No workspace is open. Open one on the Generate page, or write sample.")
        return opened

    return open_repository


def _answers(title: str) -> Answers:
    return kept_for(settings().omni_data_dir, state.browser(), title)


def _in_words(expected: Forecast) -> str:
    if not expected.runs:
        return (
            f"All {count(expected.kept, 'run')} were answered earlier; Go on shows them."
            if expected.kept
            else "Nothing of this can be asked now."
        )
    parts = [count(expected.runs, "run"), count(expected.calls, "call"), money(expected.cost_usd, about=True)]
    if expected.unpriced and expected.cost_usd is not None:
        parts.append(f"and {', '.join(expected.unpriced)} of unknown price")
    if expected.kept:
        parts.append(f"{expected.kept} more answered earlier")
    return ", ".join(parts)
