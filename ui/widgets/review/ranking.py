"""Candidates ranked: the choice of one, its score part by part, and taking it as the verdict."""

from __future__ import annotations

import streamlit as st

from artifacts.records import Check, CheckStatus, Severity
from engine.choose import CannotTake, ranked, take_candidate
from providers.records import Candidate, Status, Verdict
from ui import state
from ui.text import count, label, seconds
from ui.widgets.review import history

CHECKS = {
    CheckStatus.PASSED: (":material/check_circle:", "passed"),
    CheckStatus.FINDINGS: (":material/error:", "has findings"),
    CheckStatus.NOT_CHECKED: (":material/help:", "not checked"),
}


def candidates(verdict: Verdict) -> Candidate | None:
    """Show the candidates in their order and return the one the user looks at; None when there is none at all."""
    order = ranked(verdict)
    if not order:
        return None
    by_id = {candidate.member.id: candidate for candidate in order}
    if state.value(state.CANDIDATE) not in by_id:
        st.session_state[state.CANDIDATE] = order[0].member.id
    st.radio(
        "Candidates",
        list(by_id),
        key=state.CANDIDATE,
        format_func=lambda member: label(by_id[member].member.label),
        captions=[_caption(candidate, verdict) for candidate in order],
        persist_state="session",
    )
    chosen = by_id.get(str(state.value(state.CANDIDATE)), order[0])
    _score(chosen)
    if chosen.member.id == verdict.winner:
        st.caption("This is the verdict.")
    elif chosen.artifacts:
        st.button("Take this one", key=state.TAKE_CANDIDATE, icon=":material/check:", on_click=_take, args=(chosen.member.id,))
    return chosen


def _caption(candidate: Candidate, verdict: Verdict) -> str:
    """Say in a line how a candidate did."""
    if candidate.status is not Status.SUCCESS:
        return label(candidate.error.message if candidate.error else candidate.status.value, most=160)
    parts = ["the verdict"] if candidate.member.id == verdict.winner else []
    if candidate.assessment:
        errors = candidate.assessment.count(Severity.ERROR)
        others = candidate.assessment.count(Severity.WARNING) + candidate.assessment.count(Severity.HINT)
        parts += [f"score {candidate.assessment.score:.2f}", count(errors, "error"), count(others, "hint")]
    if candidate.latency_ms is not None:
        parts.append(seconds(candidate.latency_ms))
    return label(", ".join(parts), most=200)


def _score(candidate: Candidate) -> None:
    assessment = candidate.assessment
    if assessment is None:
        return
    with st.container(key="score_parts", gap="small"):
        for part in assessment.parts:
            st.progress(min(1.0, max(0.0, part.value)), text=f"**{label(part.name)}** {part.value:.0%} · {label(part.reason, most=160)}")
    st.caption("Score: the parts weighed, " + ", ".join(f"{label(part.name)} {part.weight:.0%}" for part in assessment.parts))
    st.caption("  \n".join(_check(check) for check in assessment.checks))


def _check(check: Check) -> str:
    icon, word = CHECKS[check.status]
    told = f": {label(check.reason, most=200)}" if check.status is CheckStatus.NOT_CHECKED else ""
    return f"{icon} {label(check.label)} {word}{told}"


def _take(member_id: str) -> None:
    page = state.page()
    if page.verdict is None:
        return
    try:
        history.changed(take_candidate(page.verdict, member_id))
    except CannotTake as problem:
        page.review_problem = str(problem)
