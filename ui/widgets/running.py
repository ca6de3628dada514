"""Starting a run, watching it, stopping it."""

from __future__ import annotations

import secrets

import streamlit as st

from collaboration.keys import VIEWER
from config import settings
from engine.assemble import HISTORY, Tuning, VendorConfigs, assemble
from engine.conduct import Repair, conduct
from engine.generate import Prepared
from engine.live import LiveRun, RunState
from engine.repairing import repair
from engine.runs import RunStore
from providers.errors import ConfigurationError
from providers.presets import Preset
from providers.records import Verdict
from ui import state, together
from ui.bridge import BRIDGE, BridgeBusyError
from ui.components.council import council
from ui.sessions import cancel_unwatched
from ui.text import count, label, seconds
from ui.widgets import sidebar

FIRST_LOOK_S = 30.0
"""A run that no page has come to watch by then is cancelled."""


def store() -> RunStore:
    """Return the history of runs."""
    return RunStore(settings().omni_data_dir / HISTORY)


def start(prepared: Prepared) -> None:
    """Ask the members the sidebar names. What cannot work is said in the page's notice instead."""
    record, held = state.page(), state.session()
    if record.workspace is None or (held.run is not None and not held.run.over):
        return
    if together.role_of(held) == VIEWER:
        record.run_problem = "You are a viewer in this session and cannot generate. Ask its owner to make you an editor, or leave it."
        return
    preset, tuning, owner = sidebar.resolved().preset, sidebar.tuning(), state.browser()
    # From here on no session state is touched: Streamlit may end a callback there, and a run must not be started by halves.
    try:
        ensemble, _ = assemble(preset, settings(), record.keys, tuning)
    except ConfigurationError as problem:
        record.run_problem = problem.message
        return
    live = LiveRun(secrets.token_hex(8), ensemble.members)
    try:
        future = BRIDGE.submit(
            conduct(
                live,
                prepared,
                ensemble,
                store=store(),
                owner=owner,
                workspace=record.workspace.location,
                preset=preset.id,
                rate=settings().council_frames,
                repair=_repair(prepared, preset, record.keys, tuning) if tuning.repair else None,
            )
        )
        live.attach(future.cancel)
        if owner:
            BRIDGE.submit(cancel_unwatched(live, FIRST_LOOK_S))
    except BridgeBusyError as problem:
        live.cancel()
        record.run_problem = str(problem)
        return
    held.run = live
    record.sent, record.verdict, record.failure, record.run_problem = prepared, None, None, ""
    record.sent_preset = preset.id


def _repair(prepared: Prepared, preset: Preset, keys: VendorConfigs, tuning: Tuning) -> Repair:
    """Return what repairs this run's verdict before it is shown."""
    configs, expectations = {vendor: dict(held) for vendor, held in keys.items()}, prepared.prompt.expectations

    async def repaired(verdict: Verdict) -> Verdict:
        return (await repair(verdict, prepared.request, expectations, preset, settings(), configs=configs, tuning=tuning))[0]

    return repaired


def stop() -> None:
    """Stop this page's run."""
    run = state.session().run
    if run is not None:
        run.cancel()


def collect() -> None:
    """Take the outcome of a run that has ended into the page's record."""
    run, record = state.session().run, state.page()
    if run is not None and run.over:
        record.verdict = run.verdict or record.verdict
        record.failure = run.failure


def is_running() -> bool:
    """Tell whether this page's run is going on."""
    run = state.session().run
    return run is not None and not run.over


def watch() -> None:
    """Show the council while it answers, and what became of a run that has no verdict."""
    held = state.session()
    run, record = held.run, state.page()
    if record.run_problem:
        st.error(label(record.run_problem, most=400), icon=":material/error:")
    if run is not None and run.state is RunState.FINISHED and record.verdict is not run.verdict:
        st.rerun()  # it ended while this page was being drawn: nobody would tell the page of it
    if run is None or run.state is RunState.FINISHED:
        return
    if run.state is RunState.STOPPED:
        frame = run.snapshot()
        st.info(
            f"Stopped after {seconds(frame.elapsed_ms)}. {frame.answered} of {count(len(frame.members), 'member')} had answered.",
            icon=":material/stop_circle:",
        )
    elif run.failure is not None:
        st.error(label(run.failure.message, most=800), icon=":material/error:")
    with st.container(key=state.COUNCIL):
        council(key=f"{state.COUNCIL}_{run.run_id}", session=held.token, run=run.run_id, height=260, on_ended=collect)
