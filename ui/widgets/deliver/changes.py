"""The changes a verdict would make: chosen by file and by block, then applied exactly as they were shown."""

from __future__ import annotations

import hashlib
from collections import Counter

import streamlit as st

from artifacts.records import Kind
from engine.activity import Area
from providers.records import Verdict
from ui import state
from ui.navigation import go
from ui.text import count, excerpt, label
from ui.widgets import running
from ui.widgets.deliver import applied
from ui.widgets.verdict import LANGUAGES, remarks, show_code
from workspace import deliver
from workspace.deliver import Change, Hunk, Status
from workspace.errors import ChangedOnDisk, WorkspaceError
from workspace.files import Workspace

MARKS = {
    Status.NEW: (":green-badge[new]", ""),
    Status.MODIFIED: (":orange-badge[changed]", ""),
    Status.UNCHANGED: (":gray-badge[same]", "already as it should be"),
    Status.REFUSED: (":red-badge[refused]", "not written"),
}
WRITTEN = (Status.NEW, Status.MODIFIED)
ORDER = (Status.REFUSED, Status.MODIFIED, Status.NEW, Status.UNCHANGED)
"""What needs a look first: what will not be written, what changes a file that is there, what is new."""

TALL_LINES = 26


def no_workspace() -> None:
    """Say what to do where nothing is open."""
    st.info("No workspace is open. Open a folder or try the sample on the Generate page.", icon=":material/info:")
    if st.button("Go to Generate", key="go_generate", type="primary"):
        go("generate")


def nothing_to_apply() -> None:
    """Say what to do where there is no verdict with files."""
    if running.is_running():
        st.info("The members are still answering. The result can be applied when they are done.", icon=":material/info:")
    else:
        st.info("There is nothing to apply yet. Generate something, or reopen an earlier run on the Review page.", icon=":material/info:")
    with st.container(horizontal=True):
        if st.button("Go to Generate", key="go_generate", type="primary"):
            go("generate")
        if st.button("Go to Review", key="go_review"):
            go("review")


def review(workspace: Workspace, verdict: Verdict) -> None:
    """Show each file's difference with its choice, and Apply."""
    with st.container():
        _warnings(workspace, verdict)
    try:
        planned = deliver.plan_changes(workspace, {artifact.path: artifact.content for artifact in verdict.artifacts})
    except WorkspaceError as problem:
        st.error(label(str(problem), most=400), icon=":material/error:")
        return
    heading = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    kinds = {artifact.path: artifact.kind for artifact in verdict.artifacts}
    planned = tuple(sorted(planned, key=lambda change: ORDER.index(change.status)))
    chosen = [picked for change in planned if (picked := _one(verdict.run_id, change, kinds.get(change.path, Kind.OTHER))) is not None]
    writing = tuple(change for change in chosen if change.status in WRITTEN)
    with heading:
        st.markdown(
            f"**Changes to {label(workspace.name)}** · :gray[{_summary(planned, writing)}]", help=label(workspace.location, most=300)
        )
        st.button(
            f"Apply {count(len(writing), 'file')}" if writing else "Apply",
            key=state.APPLY,
            type="primary",
            icon=":material/save:",
            disabled=not writing or not workspace.trusted,
            on_click=_apply,
            args=(workspace, writing),
        )


def _warnings(workspace: Workspace, verdict: Verdict) -> None:
    again = state.page().shown_again
    if again is not None and again.summary.workspace != workspace.location:
        st.warning(
            f"This run was made for {label(again.summary.workspace, most=200)}, but {label(workspace.location, most=200)} is open. "
            "Its files would be written here.",
            icon=":material/warning:",
        )
    if verdict.assessment is not None and not verdict.assessment.clean:
        st.warning(
            f"The validators report {label(remarks(verdict.assessment))} in this result. Look at the Review page before you apply it.",
            icon=":material/warning:",
        )


def _one(run_id: str, change: Change, kind: Kind) -> Change | None:
    """Show one file; return the change as chosen, None when it is left out or cannot be written."""
    badge, word = MARKS[change.status]
    key = f"{state.DELIVERED}{_short(run_id, change.path)}"
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            wanted = False
            if change.status in WRITTEN:
                wanted = st.checkbox(label(change.path), value=True, key=key, persist_state="session")
            else:
                st.markdown(label(change.path))
            size = f"+{change.added} −{change.removed}" if change.status is Status.MODIFIED else ""
            st.markdown(f"{badge} :gray[{word or size}]" if word or size else badge)
        if change.status is Status.REFUSED:
            st.error(label(change.problem, most=400), icon=":material/block:")
        if not wanted:
            return None
        if change.status is Status.NEW:
            show_code(change.after, LANGUAGES.get(kind))
            return change
        return _blocks(key, change)


def _blocks(key: str, change: Change) -> Change:
    """Show a changed file block by block, each with its choice."""
    picked: list[int] = []
    seen: Counter[str] = Counter()
    for number, hunk in enumerate(change.hunks):
        added, removed = (sum(line.startswith(sign) for line in hunk.lines) for sign in "+-")
        # a block is known by its lines: it keeps its choice when it moves, and is another block when it changes on disk
        name = _short(*hunk.lines)
        seen[name] += 1
        told = f"{_lines(hunk)} · :gray[+{added} −{removed}]"
        if st.checkbox(told, value=True, key=f"{key}_{name}_{seen[name]}", persist_state="session"):
            picked.append(number)
        _show(hunk)
    try:
        return deliver.keep_hunks(change, picked)
    except WorkspaceError as problem:
        st.warning(label(f"{problem} All blocks would be written.", most=300), icon=":material/warning:")
        return change


def _show(hunk: Hunk) -> None:
    lines = hunk.lines
    shown, missing = excerpt(lines)
    st.code(shown, language="diff", height=420 if len(lines) > TALL_LINES else "content")
    if missing:
        st.caption(f"{missing}; all of it is applied.")


def _apply(workspace: Workspace, changes: tuple[Change, ...]) -> None:
    """Write what was shown: a file that changed on disk meanwhile stops the whole set."""
    page = state.page()
    try:
        done = deliver.apply(workspace, changes, applied.journal())
    except ChangedOnDisk as problem:
        if _are_there(workspace, changes):
            return  # the second click of a double click
        page.deliver_problem = f"{problem} Nothing was written; what is shown below is read afresh."
    except WorkspaceError as problem:
        page.deliver_problem = f"{problem} Nothing was written."
    else:
        page.deliver_notice = f"Wrote {', '.join(done.paths)}. Undo below puts back what was there."
        page.version += 1
        page.activity.happened(Area.FILES, f"applied {', '.join(done.paths)}", workspace.location)


def _are_there(workspace: Workspace, changes: tuple[Change, ...]) -> bool:
    now = deliver.plan_changes(workspace, {change.path: change.after for change in changes})
    return all(change.status is Status.UNCHANGED for change in now)


def _summary(planned: tuple[Change, ...], writing: tuple[Change, ...]) -> str:
    if not writing:
        possible = any(change.status in WRITTEN for change in planned)
        return "nothing is chosen" if possible else "there is nothing to write"
    added, removed = sum(change.added for change in writing), sum(change.removed for change in writing)
    return f"{count(len(writing), 'file')}, {count(added, 'line')} added, {removed:,} removed"


def _lines(hunk: Hunk) -> str:
    """Say where a block is in the file as it is on disk: `Lines 3 to 9`."""
    start, _, length = hunk.header.split()[1].removeprefix("-").partition(",")
    first, many = int(start), int(length or 1)
    if many == 0:
        return f"After line {first}"
    return f"Line {first}" if many == 1 else f"Lines {first} to {first + many - 1}"


def _short(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]
