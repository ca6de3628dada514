"""One candidate's files: as they are, against the verdict or the disk, beside another's, raw, and why each line is as it is."""

from __future__ import annotations

import difflib

import streamlit as st

from artifacts.records import Artifact
from engine.choose import COMPOSED, line_reasons
from providers.records import Candidate, Verdict
from ui import state
from ui.text import excerpt, label, plain
from ui.widgets.review import record
from ui.widgets.review.naming import titles
from ui.widgets.verdict import LANGUAGES, show_code
from workspace.errors import NotFound, WorkspaceError

FILE, VERDICT, DISK, BESIDE, RAW, WHY = "File", "Against the verdict", "Against the disk", "Side by side", "Raw answer", "Why each line"
VIEWS = (FILE, VERDICT, DISK, BESIDE, RAW, WHY)
TALL_LINES = 30
HEIGHT = 520


def viewer(verdict: Verdict, candidate: Candidate | None) -> None:
    """Show what the user chose to see of a candidate, and what the validators say of it."""
    if candidate is None:
        st.info("This run has no candidates.", icon=":material/info:")
        return
    if not candidate.artifacts:
        _without_files(candidate)
        return
    artifact = _file(candidate)
    view = _view(verdict, candidate)
    if view == VERDICT:
        _difference(_same_path(verdict.artifacts, artifact.path), artifact.content, "the verdict", candidate.member.label)
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
    record.findings(candidate.assessment.findings if candidate.assessment else ())


def difference(before: str, after: str, before_name: str, after_name: str) -> str:
    """Return the unified difference of two texts, empty where they are equal."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), before_name, after_name, lineterm="", n=4)
    return "\n".join(lines)


def show_difference(text: str) -> None:
    """Show a unified difference, a long one from its beginning."""
    lines = text.splitlines()
    shown, missing = excerpt(lines)
    st.code(shown, language="diff", height=HEIGHT if len(lines) > TALL_LINES else "content")
    if missing:
        st.caption(f"{missing}.")


def _file(candidate: Candidate) -> Artifact:
    paths = [artifact.path for artifact in candidate.artifacts]
    if state.value(state.REVIEW_FILE) not in paths:
        st.session_state[state.REVIEW_FILE] = paths[0]
    path = st.selectbox("File", paths, key=state.REVIEW_FILE, format_func=plain, label_visibility="collapsed", persist_state="session")
    return _same_path(candidate.artifacts, path) or candidate.artifacts[0]


def _view(verdict: Verdict, candidate: Candidate) -> str:
    """Offer the views that make sense for this candidate."""
    same = candidate.member.id in (COMPOSED, verdict.winner) or not verdict.artifacts
    others = [entry for entry in verdict.candidates if entry.artifacts and entry.member.id != candidate.member.id]
    useless = {VERDICT: same, BESIDE: not others, RAW: candidate.answer is None, WHY: not _can_say_why(candidate)}
    views = [view for view in VIEWS if not useless.get(view)]
    if state.value(state.REVIEW_VIEW) not in views:
        st.session_state[state.REVIEW_VIEW] = FILE
    chosen = st.segmented_control(
        "View", views, key=state.REVIEW_VIEW, required=True, label_visibility="collapsed", persist_state="session", wrap=True
    )
    return str(chosen or FILE)


def _difference(before: Artifact | None, after: str, before_name: str, after_name: str) -> None:
    text = difference(before.content if before else "", after, before_name, after_name)
    if text:
        st.caption(f"Minus: {label(before_name)}. Plus: {label(after_name)}.")
        show_difference(text)
    else:
        st.caption(f"The same as in {label(before_name)}.")


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
        show_difference(text)
    else:
        st.caption("The same as on disk.")


def _beside(verdict: Verdict, candidate: Candidate, artifact: Artifact) -> None:
    others = {entry.member.id: entry for entry in verdict.candidates if entry.artifacts and entry.member.id != candidate.member.id}
    if state.value(state.REVIEW_BESIDE) not in others:
        st.session_state[state.REVIEW_BESIDE] = next(iter(others))
    names = titles(others.values())
    left, right = st.columns(2, gap="small", vertical_alignment="top")
    with left, st.container(height=38, border=False, vertical_alignment="center"):
        st.markdown(f"**{label(candidate.member.label)}**")
    with left:
        show_code(artifact.content, LANGUAGES.get(artifact.kind))
    with right:
        chosen = st.selectbox(
            "Beside",
            list(others),
            key=state.REVIEW_BESIDE,
            format_func=lambda member: names.get(member, member),
            label_visibility="collapsed",
            persist_state="session",
        )
        other = _same_path(others[chosen].artifacts, artifact.path)
        if other is None:
            st.caption("This candidate has no such file.")
        else:
            show_code(other.content, LANGUAGES.get(other.kind))


def _raw(candidate: Candidate) -> None:
    st.caption("The answer as it came, control characters removed.")
    _text(candidate.answer.text if candidate.answer else candidate.partial_text)


def _text(text: str) -> None:
    lines = text.splitlines()
    shown, missing = excerpt(lines)
    st.code(shown, language=None, wrap_lines=True, height=HEIGHT if len(lines) > TALL_LINES else "content")
    if missing:
        st.caption(f"{missing}.")


def _can_say_why(candidate: Candidate) -> bool:
    """Only the built-in architect can name a reason for each line, and only while the request it answered is at hand."""
    return candidate.member.vendor == "architect" and state.page().sent_shown is not None


def _why(candidate: Candidate, artifact: Artifact) -> None:
    sent = state.page().sent_shown
    reasons = line_reasons(sent.request, candidate.artifacts, candidate.member.id) if sent else ()
    mine = {reason.line: reason for reason in reasons if reason.path == artifact.path}
    if not mine:
        st.caption("No reasons are known for this file.")
        return
    rows = []
    for number, line in enumerate(artifact.content.splitlines(), 1):
        reason = mine.get(number)
        evidence = ", ".join(map(str, reason.evidence)) if reason else ""
        rows.append({"line": number, "text": line, "why": reason.text if reason else "", "evidence": evidence})
    st.dataframe(rows, hide_index=True, height=HEIGHT, alt="Each line of the file with the reason for it and where the evidence stands")


def _without_files(candidate: Candidate) -> None:
    if candidate.error:
        st.error(label(f"{candidate.error.message} {candidate.error.advice}".strip(), most=600), icon=":material/error:")
    else:
        st.info("This answer holds no file, so there is nothing to take.", icon=":material/info:")
    for problem in candidate.assessment.problems if candidate.assessment else ():
        st.text(problem)
    text = candidate.answer.text if candidate.answer else candidate.partial_text
    if text:
        st.caption("What it said, which is not offered for saving:")
        _text(text)


def _same_path(artifacts: tuple[Artifact, ...], path: str) -> Artifact | None:
    return next((artifact for artifact in artifacts if artifact.path == path), None)
