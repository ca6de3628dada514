"""Cloning: an address typed where a folder is expected asks for its place, shows its progress, and opens when it is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from config import settings
from engine.activity import Area
from engine.job import Job
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import label
from ui.widgets.entering import enter_folder
from ui.widgets.recents import known
from workspace.errors import InvalidPath, WorkspaceError
from workspace.repository.names import address
from workspace.repository.remotes import clone

LOOKING_S = 0.4
_PERCENT = re.compile(r"(\d{1,3})%")


def ask_for_place(typed: str) -> None:
    """Take an address that was typed; the page then shows where it would be cloned to."""
    record = state.page()
    try:
        found = address(typed, new=True)
    except WorkspaceError as problem:
        record.problem = problem.message
        return
    record.problem, record.cloning = "", found.url
    st.session_state[state.CLONE_NAME] = found.path.rpartition("/")[2].removesuffix(".git")
    st.session_state.setdefault(state.CLONE_INTO, _usual_place())


def collect() -> None:
    """Open what was cloned, once it is there."""
    record = state.page()
    job = record.clone_job
    if job is None or not job.over or job.taken:
        return
    job.taken = True
    record.clone_job = None
    if job.result is not None:
        record.cloning = ""
        enter_folder(str(job.result))
    else:
        record.problem = job.problem


def panel() -> None:
    """Show where the address would be cloned to, or how far it is; nothing where none was typed."""
    record = state.page()
    if record.clone_job is not None:
        with st.container(border=True, key="cloning"):
            _watch()
    elif record.cloning:
        with st.container(border=True, key="cloning"):
            _place(record.cloning)


def _place(url: str) -> None:
    st.markdown(f":material/cloud_download: Clone **{label(address(url).shown, most=160)}**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Into the folder", key=state.CLONE_INTO, max_chars=4096, persist_state="session")
        st.text_input("As", key=state.CLONE_NAME, max_chars=100, width=220)
        st.button("Clone", key=state.CLONE, icon=":material/download:", type="primary", on_click=_begin, args=(url,))
        st.button("Dismiss", key=state.CLONE_NOT, on_click=_leave)
    st.caption(
        "Git's own credential helpers and your SSH keys sign you in; nothing is kept here. The new folder is Restricted until you trust it."
    )


@st.fragment(run_every=LOOKING_S)
def _watch() -> None:
    job = state.page().clone_job
    if job is None or job.over:
        st.rerun()
    found = _PERCENT.search(job.progress)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":material/sync: **{label(job.name, most=120)}** · {label(job.progress, most=120)}")
        st.button("Cancel", key=state.CLONE_CANCEL, icon=":material/stop_circle:", on_click=job.cancel)
    st.progress(min(100, int(found[1])) if found else 0)


def _begin(url: str) -> None:
    record = state.page()
    if record.clone_job is not None and not record.clone_job.over:
        return
    name, into = str(state.value(state.CLONE_NAME) or ""), str(state.value(state.CLONE_INTO) or "").strip()
    job: Job[str, Path] = Job(f"Cloning {address(url).shown}", "connecting", (WorkspaceError,))

    async def work(tell: Callable[[str], None]) -> Path:
        async with record.activity.during(Area.GIT, job.name, into) as outcome:
            made = await clone(url, _folder(into), name, on_line=tell)
            outcome.summary = f"Cloned {made.name}"
        return made

    record.problem = ""
    try:
        job.attach(BRIDGE.submit(job.run(work)).cancel)
    except BridgeBusyError as problem:
        record.problem = str(problem)
        return
    record.clone_job = job


def _leave() -> None:
    state.page().cloning = ""


def _folder(text: str) -> Path:
    try:
        folder = Path(text).expanduser()
    except RuntimeError as error:
        raise InvalidPath(f"{text} names a user that does not exist here. Give the full path.") from error
    if not folder.is_absolute() or not text.isprintable():
        raise InvalidPath("Give the full path of the folder to clone into, for example /home/you/code.")
    return folder


def _usual_place() -> str:
    """Return where the last repository lay that was opened and is not the program's own, else the home folder."""
    ours = settings().omni_data_dir.resolve()
    return next((str(parent) for entry in known() if not (parent := Path(entry.path).parent).is_relative_to(ours)), str(Path.home()))
