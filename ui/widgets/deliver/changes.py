"""The changes a verdict would make: chosen by file and by block, then applied exactly as they were shown."""

from __future__ import annotations

import streamlit as st

from providers.records import Verdict
from ui import state
from ui.navigation import go
from ui.text import count, label
from ui.widgets.deliver import applied
from ui.widgets.verdict import SHOWN_LINES
from workspace import deliver
from workspace.deliver import Change, Status
from workspace.errors import ChangedOnDisk, WorkspaceError
from workspace.files import Workspace

MARKS = {
    Status.NEW: (":green-badge[new]", "new file"),
    Status.MODIFIED: (":orange-badge[changed]", "changed file"),
    Status.UNCHANGED: (":gray-badge[same]", "already as it should be"),
    Status.REFUSED: (":red-badge[refused]", "cannot be written"),
}


def no_workspace() -> None:
    """Say what to do where nothing is open."""
    st.info("No workspace is open. Open a folder or try the sample on the Generate page.", icon=":material/info:")
    if st.button("Go to Generate", key="go_generate", type="primary"):
        go("generate")


def nothing_to_apply() -> None:
    """Say what to do where there is no verdict with files."""
    st.info("There is nothing to apply yet. Generate something, or reopen an earlier run on the Review page.", icon=":material/info:")
    with st.container(horizontal=True):
        if st.button("Go to Generate", key="go_generate", type="primary"):
            go("generate")
        if st.button("Go to Review", key="go_review"):
            go("review")


def review(workspace: Workspace, verdict: Verdict) -> None:
    """Show each file's difference with its choice, and Apply."""
    page = state.page()
    if page.reopened is not None and page.reopened.summary.workspace != workspace.location:
        st.warning(
            f"This run was made for {label(page.reopened.summary.workspace, most=200)}, but {label(workspace.location, most=200)} is open. "
            "Its files would be written here.",
            icon=":material/warning:",
        )
    try:
        planned = deliver.plan_changes(workspace, {artifact.path: artifact.content for artifact in verdict.artifacts})
    except WorkspaceError as problem:
        st.error(label(str(problem), most=400), icon=":material/error:")
        return
    if verdict.assessment is not None and not verdict.assessment.clean:
        st.warning("The validators report errors in this result. Look at the Review page before you apply it.", icon=":material/warning:")
    heading = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    chosen = [picked for place, change in enumerate(planned) if (picked := _one(verdict.run_id, place, change)) is not None]
    writing = tuple(change for change in chosen if change.status in (Status.NEW, Status.MODIFIED))
    with heading:
        st.markdown(f"**Changes to {label(workspace.name)}** · :gray[{_summary(writing)}]")
        st.button(
            "Apply" if len(writing) < 2 else f"Apply {count(len(writing), 'file')}",
            key=state.APPLY,
            type="primary",
            icon=":material/save:",
            disabled=not writing,
            on_click=_apply,
            args=(workspace, writing),
        )


def _one(run_id: str, place: int, change: Change) -> Change | None:
    """Show one file; return the change as chosen, None when it is left out."""
    badge, word = MARKS[change.status]
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            if change.status in (Status.NEW, Status.MODIFIED):
                wanted = st.checkbox(label(change.path, most=120), value=True, key=f"deliver_{run_id}_{place}")
            else:
                wanted = False
                st.markdown(label(change.path, most=120))
            st.markdown(f"{badge} :gray[{word}, +{change.added} −{change.removed}]" if change.hunks else f"{badge} :gray[{word}]")
        if change.status is Status.REFUSED:
            st.error(label(change.problem, most=400), icon=":material/block:")
            return None
        if change.status is Status.UNCHANGED:
            return None
        if change.status is Status.MODIFIED and len(change.hunks) > 1:
            change = _blocks(run_id, place, change)
        if change.hunks:
            with st.expander("Difference", expanded=change.status is Status.MODIFIED):
                _show(change)
        else:
            st.caption("No block is chosen, so the file stays as it is.")
    return change if wanted else None


def _blocks(run_id: str, place: int, change: Change) -> Change:
    """Let the user leave out blocks of a changed file."""
    options = list(range(len(change.hunks)))
    picked = st.pills(
        "Blocks to apply",
        options,
        default=options,
        selection_mode="multi",
        key=f"deliver_blocks_{run_id}_{place}",
        format_func=lambda number: label(change.hunks[number].header, most=60),
    )
    try:
        return deliver.keep_hunks(change, picked or ())
    except WorkspaceError as problem:
        st.caption(label(str(problem), most=300))
        return change


def _show(change: Change) -> None:
    lines = change.diff
    st.code("\n".join(lines[:SHOWN_LINES]), language="diff", height=420 if len(lines) > 26 else "content")
    if len(lines) > SHOWN_LINES:
        st.caption(f"The first {SHOWN_LINES:,} of {len(lines):,} lines are shown; all of them are applied.")


def _apply(workspace: Workspace, changes: tuple[Change, ...]) -> None:
    """Write what was shown: a file that changed on disk meanwhile stops the whole set."""
    page = state.page()
    try:
        done = deliver.apply(workspace, changes, applied.journal())
    except ChangedOnDisk as problem:
        page.deliver_problem = f"{problem} Nothing was written. The difference below is read afresh; look at it again, then apply."
    except WorkspaceError as problem:
        page.deliver_problem = f"{problem} Nothing was written."
    else:
        page.deliver_notice = f"Wrote {', '.join(done.paths)}. Undo below puts back what was there."
        page.version += 1


def _summary(writing: tuple[Change, ...]) -> str:
    if not writing:
        return "nothing is chosen, or every file is already as it should be"
    added, removed = sum(change.added for change in writing), sum(change.removed for change in writing)
    return f"{count(len(writing), 'file')}, {count(added, 'line')} added, {removed:,} removed"
