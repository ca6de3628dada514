"""Improve what exists: Harden and Right-size over the workspace's own files; the result is reviewed and applied like any verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from architect.passes import PASSES, TARGETS
from architect.profile import Profile
from engine.generate import read_profile
from engine.job import Job, JobState
from engine.passes import Improvement, NothingToImprove, as_verdict, existing_files, improve
from providers.records import Verdict
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import count, label
from ui.widgets import running
from workspace.errors import WorkspaceError
from workspace.files import Workspace

LOOKING_S = 0.4
SHOWN_FILES = 6
_STRATEGIES = {name.replace("-", "_"): name for name in PASSES}
"""How a pass's verdict names it, and the pass."""


def panel(workspace: Workspace) -> None:
    """List the files that could be improved with a button for each pass; nothing is shown where there are none."""
    page = state.page()
    job = page.improving
    if job is not None and not job.over:
        with st.container(border=True, key="improve_progress"):
            _watch()
        return
    paths = _paths(page.profile)
    if not paths:
        return
    with st.container(border=True, key="improve_panel"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            shown = ", ".join(paths[:SHOWN_FILES]) + (f" and {len(paths) - SHOWN_FILES} more" if len(paths) > SHOWN_FILES else "")
            st.markdown(f"**Improve what exists** · :gray[{label(shown, most=300)}]")
            with st.container(horizontal=True, width="content", gap="small"):
                for entry in PASSES.values():
                    st.button(
                        entry.label,
                        key=f"{state.IMPROVE}{entry.id}",
                        help=f"{entry.rule} Each edit is judged and says why; nothing is written before you apply it.",
                        on_click=_start,
                        args=(workspace, entry.id),
                        disabled=running.is_running(),
                    )
        if job is not None and job.problem:
            st.error(label(job.problem, most=400), icon=":material/error:")
        elif job is not None and job.state is JobState.STOPPED:
            st.caption("Stopped. Nothing was changed.")
        elif job is not None and job.result is not None and not job.result.changed:
            left = len(job.result.changes)
            more = f" {count(left, 'edit')} would have made a file worse." if left else ""
            st.caption(f":material/check_circle: {label(PASSES[job.result.pass_id].label)}: there is nothing to change.{more}")
        if page.verdict is not None and page.verdict.strategy in _STRATEGIES:
            _why(page.verdict)


def collect(workspace: Workspace) -> None:
    """Make the result of a pass the page's verdict, once, and keep it in the history."""
    page, held = state.page(), state.session()
    job = page.improving
    if job is None or job.taken or job.result is None:
        return
    job.taken = True
    if not job.result.changed or job.name != workspace.location or running.is_running():
        return
    verdict, kept, owner = as_verdict(job.result), running.store(), state.browser()
    kinds = tuple(dict.fromkeys(artifact.kind.value for artifact in job.result.changed if artifact.kind.value in TARGETS))
    kept.save(
        verdict,
        owner=owner,
        workspace=workspace.location,
        targets=kinds,
        preset=job.result.pass_id,
        instruction="",
        prompt="",
        expectations=job.result.expectations,
    )
    held.run = None
    page.failure = None
    page.reopened, page.verdict = kept.load(owner, verdict.run_id), verdict


def _why(verdict: Verdict) -> None:
    """Say what was changed and why, and what was left alone."""
    with st.expander(f"{PASSES[_STRATEGIES[verdict.strategy]].label}: {count(len(verdict.reasons), 'change')}, and why", key="improve_why"):
        st.text("\n".join((*verdict.reasons, *verdict.warnings)))


def _paths(found: Profile | None) -> list[str]:
    """Return the files that a pass may be able to change."""
    existing = found.existing if found is not None else {}
    return list(dict.fromkeys(path for target in TARGETS for path in existing.get(target, ())))


def _start(workspace: Workspace, pass_id: str) -> None:
    page = state.page()
    corrected, overrides = page.profile, page.overrides
    job: Job[str, Improvement] = Job(workspace.location, "reading the files", (NothingToImprove, WorkspaceError))

    async def work(tell: Callable[[str], None]) -> Improvement:
        # files may have changed since the workspace was opened: what is on disk now is what is improved
        found = await asyncio.to_thread(read_profile, workspace, overrides)
        if corrected is not None and not found.components:
            found = replace(found, components=corrected.components)
        files = await asyncio.to_thread(existing_files, workspace, found)
        return await improve(pass_id, files, found, on_event=tell)

    try:
        job.attach(BRIDGE.submit(job.run(work)).cancel)
    except BridgeBusyError as problem:
        page.deliver_problem = str(problem)
        return
    page.improving = job


def _cancel() -> None:
    job = state.page().improving
    if job is not None:
        job.cancel()


@st.fragment(run_every=LOOKING_S)
def _watch() -> None:
    job = state.page().improving
    if job is None or job.over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":material/build: Improving: {label(job.progress, most=240)}")
        st.button("Cancel", key=state.IMPROVE_CANCEL, icon=":material/stop_circle:", on_click=_cancel)
