"""What was applied before: the history of this workspace, undo, and putting right what a crash interrupted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from config import settings
from ui import state
from ui.text import ago, label
from workspace import deliver
from workspace.deliver import Applied, State
from workspace.errors import WorkspaceError
from workspace.files import Workspace

SHOWN = 10
WORDS = {
    State.APPLIED: "",
    State.UNDONE: ", undone",
    State.RECOVERED: ", interrupted and taken back",
    State.PREPARED: ", interrupted",
    State.UNDOING: ", interrupted while undone",
}


def journal() -> Path:
    """Return where previous contents are kept."""
    return settings().omni_data_dir / "journal"


def mend(workspace: Workspace) -> None:
    """Take back what a crash interrupted, and say what was done."""
    try:
        for recovered in deliver.recover(workspace, journal()):
            st.warning(
                f"An interrupted change was taken back: {label(', '.join(recovered.restored) or 'no file', most=300)}."
                + (f" Edited since and left alone: {label(', '.join(recovered.left), most=300)}." if recovered.left else ""),
                icon=":material/healing:",
            )
    except WorkspaceError as problem:
        st.error(label(str(problem), most=400), icon=":material/error:")


def told() -> None:
    """Say once what the last click did."""
    page = state.page()
    if page.deliver_problem:
        st.error(label(page.deliver_problem, most=600), icon=":material/error:")
    if page.deliver_notice:
        st.success(label(page.deliver_notice, most=600), icon=":material/check_circle:")
    page.deliver_problem = page.deliver_notice = ""


def history(workspace: Workspace) -> None:
    """Show the applied sets, newest first, each with Undo while it is in force."""
    try:
        entries = deliver.history(journal(), workspace)
    except WorkspaceError as problem:
        st.error(label(str(problem), most=400), icon=":material/error:")
        return
    if not entries:
        return
    st.markdown("**Applied to this workspace**")
    for entry in entries[:SHOWN]:
        _entry(workspace, entry)
    if len(entries) > SHOWN:
        st.caption(f"The {SHOWN} newest of {len(entries)} are shown.")


def _entry(workspace: Workspace, entry: Applied) -> None:
    when = datetime.fromtimestamp(entry.when, UTC)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            f"{label(', '.join(entry.paths), most=200)} · :gray[applied {ago(when, datetime.now(UTC))}{WORDS[entry.state]}]",
            help=label(when.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        )
        if entry.can_undo:
            st.button("Undo", key=f"undo_{entry.id}", icon=":material/undo:", on_click=_undo, args=(workspace, entry))


def _undo(workspace: Workspace, entry: Applied) -> None:
    page = state.page()
    try:
        deliver.undo(workspace, entry.id, journal())
    except WorkspaceError as problem:
        page.deliver_problem = str(problem)
    else:
        kept = [path for path in entry.paths if path not in entry.new]
        removed = f" Removed: {', '.join(entry.new)}." if entry.new else ""
        restored = f" Restored: {', '.join(kept)}." if kept else ""
        page.deliver_notice = f"Undone.{restored}{removed}"
        page.version += 1
