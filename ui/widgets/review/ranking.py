"""Candidates ranked: the choice of one, taking it as the verdict, and its score part by part."""

from __future__ import annotations

import streamlit as st

from artifacts.records import Assessment, Check, CheckStatus
from engine.choose import COMPOSED, CannotTake, composed, ranked, take_candidate
from providers.records import Candidate, Status, Verdict
from ui import state
from ui.html import Piece, show, tag
from ui.text import label, plain, seconds
from ui.widgets.review import history
from ui.widgets.review.naming import titles
from ui.widgets.verdict import remarks

CHECKS = {
    CheckStatus.PASSED: ("good", "passed"),
    CheckStatus.FINDINGS: ("warn", "has findings"),
    CheckStatus.NOT_CHECKED: ("soft", "not checked"),
}


def candidates(verdict: Verdict) -> Candidate | None:
    """Show the candidates in their order and return the one the user looks at; None when there is none at all."""
    own = composed(verdict)
    order = (own, *ranked(verdict)) if own else ranked(verdict)
    if not order:
        return None
    by_id, names = {candidate.member.id: candidate for candidate in order}, titles(order)
    if state.value(state.CANDIDATE) not in by_id:
        st.session_state[state.CANDIDATE] = order[0].member.id
    st.radio(
        "Candidates",
        list(by_id),
        key=state.CANDIDATE,
        format_func=lambda member: label(names.get(str(member), "")),
        captions=[_caption(candidate, verdict) for candidate in order],
        persist_state="session",
    )
    chosen = by_id[str(state.value(state.CANDIDATE))]
    if chosen.artifacts and chosen.member.id not in (verdict.winner, COMPOSED):
        st.button("Take this one", key=state.TAKE_CANDIDATE, icon=":material/check:", on_click=_take, args=(verdict, chosen.member.id))
    history.problem(state.CANDIDATE)
    # the verdict may know more of the same files than the candidate did: a proof adds to its evidence
    assessment = verdict.assessment if chosen.member.id == verdict.winner else chosen.assessment
    if assessment is not None:
        _score(assessment)
    return chosen


def _caption(candidate: Candidate, verdict: Verdict) -> str:
    """Say in a line how a candidate did."""
    if candidate.status is not Status.SUCCESS:
        return label(candidate.error.message if candidate.error else candidate.status.value, most=160)
    parts = ["the verdict"] if candidate.member.id == verdict.winner else []
    if candidate.assessment:
        parts += [f"score {candidate.assessment.score:.2f}", remarks(candidate.assessment)]
    if candidate.latency_ms is not None:
        parts.append(seconds(candidate.latency_ms))
    return label(", ".join(parts), most=200)


def _score(assessment: Assessment) -> None:
    parts = [
        tag(
            "div",
            tag("span", plain(part.name)),
            tag(
                "span",
                tag("i", style=f"width:{min(1.0, max(0.0, part.value)):.0%}"),
                class_="bar",
                role="meter",
                aria_label=part.name,
                aria_valuemin=0,
                aria_valuemax=100,
                aria_valuenow=round(part.value * 100),
            ),
            tag("span", f"{part.value:.0%}", class_="value", title=f"counts {part.weight:.0%} of the score"),
            tag("span", plain(part.reason, 240), class_="why"),
            class_="part",
        )
        for part in assessment.parts
    ]
    st.markdown(f"**Score {assessment.score:.2f}**")
    show(tag("div", *parts, tag("div", *map(_check, assessment.checks), class_="checks"), class_="omni score"))


def _check(check: Check) -> Piece:
    tint, word = CHECKS[check.status]
    told = f": {plain(check.reason, 200)}" if check.status is CheckStatus.NOT_CHECKED and check.reason else ""
    return tag("div", plain(check.label), " ", tag("span", word, class_=tint), tag("span", told, class_="soft"))


def _take(verdict: Verdict, member_id: str) -> None:
    try:
        history.changed(take_candidate(verdict, member_id))
    except CannotTake as problem:
        history.refused(state.CANDIDATE, str(problem))
