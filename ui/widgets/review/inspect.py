"""One candidate's files: as they are, against the verdict or the disk, beside another's, raw, and why each line is as it is."""

from __future__ import annotations

import difflib

import streamlit as st

from artifacts.records import Artifact
from engine.choose import line_reasons
from providers.records import Candidate, Verdict
from ui import state
from ui.text import label
from ui.widgets.verdict import LANGUAGES, SHOWN_LINES, show_code
from workspace.errors import NotFound, WorkspaceError

FILE, VERDICT, DISK, BESIDE, RAW, WHY = "File", "Against the verdict", "Against the disk", "Side by side", "Raw answer", "Why each line"
VIEWS = (FILE, VERDICT, DISK, BESIDE, RAW, WHY)


def viewer(verdict: Verdict, candidate: Candidate | None) -> None:
    """Show what the user chose to see of a candidate."""
    if candidate is None:
        st.info("This run has no candidates.", icon=":material/info:")
        return
    if not candidate.artifacts:
        _without_files(candidate)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        artifact = _file(candidate)
        st.session_state.setdefault(state.REVIEW_VIEW, FILE)
        view = st.selectbox("Show", VIEWS, key=state.REVIEW_VIEW, width=220, persist_state="session")
    mine = _same_path(verdict.artifacts, artifact.path)
    if view == VERDICT:
        _difference(mine, artifact.content, "the verdict", candidate.member.label)
    elif view == DISK:
        _against_disk(artifact)
    elif view == BESIDE:
        _beside(verdict, candidate, artifact)
    elif view == RAW:
        _raw(candidate)
    elif view == WHY:
        _why(candidate, artifact)
    else:
        show_code(artifact.content, LANGUAGES.get(artifact.kind))


def difference(before: str, after: str, before_name: str, after_name: str) -> str:
    """Return the unified difference of two texts, empty where they are equal."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), before_name, after_name, lineterm="", n=4)
    return "\n".join(lines)


def _file(candidate: Candidate) -> Artifact:
    paths = [artifact.path for artifact in candidate.artifacts]
    if state.value(state.REVIEW_FILE) not in paths:
        st.session_state[state.REVIEW_FILE] = paths[0]
    path = st.selectbox("File", paths, key=state.REVIEW_FILE, format_func=lambda name: label(name, most=80), persist_state="session")
    return _same_path(candidate.artifacts, path) or candidate.artifacts[0]


def _difference(before: Artifact | None, after: str, before_name: str, after_name: str) -> None:
    text = difference(before.content if before else "", after, before_name, after_name)
    if not text:
        st.caption(f"The same as in {label(before_name)}.")
        return
    st.caption(f"Minus: {label(before_name)}. Plus: {label(after_name)}.")
    _show_difference(text)


def _show_difference(text: str) -> None:
    lines = text.splitlines()
    st.code("\n".join(lines[:SHOWN_LINES]), language="diff", height=520 if len(lines) > 32 else "content")
    if len(lines) > SHOWN_LINES:
        st.caption(f"The first {SHOWN_LINES:,} of {len(lines):,} lines of the difference are shown.")


def _against_disk(artifact: Artifact) -> None:
    workspace = state.page().workspace
    if workspace is None:
        st.caption("No workspace is open, so there is nothing on disk to compare with.")
        return
    try:
        on_disk = workspace.read_text(artifact.path)
    except NotFound:
        st.caption("There is no such file on disk yet. All lines are new.")
        show_code(artifact.content, LANGUAGES.get(artifact.kind))
        return
    except WorkspaceError as problem:
        st.warning(label(str(problem), most=400), icon=":material/warning:")
        return
    text = difference(on_disk, artifact.content, "on disk", "this candidate")
    if text:
        st.caption("Minus: on disk. Plus: this candidate.")
        _show_difference(text)
    else:
        st.caption("The same as on disk.")


def _beside(verdict: Verdict, candidate: Candidate, artifact: Artifact) -> None:
    others = {entry.member.id: entry for entry in verdict.candidates if entry.artifacts and entry.member.id != candidate.member.id}
    if not others:
        st.caption("No other candidate gave files to compare with.")
        return
    if state.value(state.REVIEW_BESIDE) not in others:
        st.session_state[state.REVIEW_BESIDE] = next(iter(others))
    left, right = st.columns(2, gap="small")
    with right:
        chosen = st.selectbox(
            "Beside",
            list(others),
            key=state.REVIEW_BESIDE,
            format_func=lambda member: label(others[member].member.label),
            persist_state="session",
        )
        other = _same_path(others[chosen].artifacts, artifact.path)
        if other is None:
            st.caption("This candidate has no such file.")
        else:
            show_code(other.content, LANGUAGES.get(other.kind))
    with left:
        st.selectbox("Candidate", [label(candidate.member.label)], disabled=True, key="review_this")
        show_code(artifact.content, LANGUAGES.get(artifact.kind))


def _raw(candidate: Candidate) -> None:
    text = candidate.answer.text if candidate.answer else candidate.partial_text
    st.caption("The answer as it came, control characters removed.")
    lines = text.splitlines()
    st.code("\n".join(lines[:SHOWN_LINES]), language=None, wrap_lines=True, height=520 if len(lines) > 32 else "content")
    if len(lines) > SHOWN_LINES:
        st.caption(f"The first {SHOWN_LINES:,} of {len(lines):,} lines are shown.")


def _why(candidate: Candidate, artifact: Artifact) -> None:
    sent = state.page().sent
    reasons = line_reasons(sent.request, candidate.artifacts, candidate.member.id) if sent else ()
    mine = {reason.line: reason for reason in reasons if reason.path == artifact.path}
    if not mine:
        st.caption(
            "Only the built-in architect can name a reason for each line, and only for a run of this visit. "
            "For a model's answer see its own words under Raw answer."
        )
        return
    rows = []
    for number, line in enumerate(artifact.content.splitlines(), 1):
        reason = mine.get(number)
        rows.append(
            {
                "line": number,
                "text": line,
                "why": reason.text if reason else "",
                "evidence": ", ".join(map(str, reason.evidence)) if reason else "",
            }
        )
    st.dataframe(rows, hide_index=True, height=520, alt="Each line of the file with the reason for it and where the evidence stands")


def _without_files(candidate: Candidate) -> None:
    if candidate.error:
        st.error(label(f"{candidate.error.message} {candidate.error.advice}".strip(), most=600), icon=":material/error:")
    else:
        st.info("This answer holds no file.", icon=":material/info:")
    for problem in candidate.assessment.problems if candidate.assessment else ():
        st.text(problem)
    text = candidate.answer.text if candidate.answer else candidate.partial_text
    if text:
        st.caption("What it said, which is not offered for saving:")
        st.code(text[:20_000], language=None, wrap_lines=True, height=360)


def _same_path(artifacts: tuple[Artifact, ...], path: str) -> Artifact | None:
    return next((artifact for artifact in artifacts if artifact.path == path), None)
