"""Two pictures of a run: the calls in time, and who agrees with whom."""

from __future__ import annotations

from typing import Any

import streamlit as st

from providers.records import Candidate, Status, Verdict

WAITING, FIRST, STREAMING = "before its call", "until its first token", "answering"
ROW_HEIGHT = 26


def timeline(verdict: Verdict) -> None:
    """Draw each member's call: when it was made, when its first token came, when it ended."""
    rows = [row for candidate in verdict.candidates for row in _segments(candidate)]
    if not rows:
        return
    import altair

    st.markdown("**Calls in time**")
    phases = [WAITING, FIRST, STREAMING, "failed"]
    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_bar(height=14, cornerRadius=2)
        .encode(
            x=altair.X("from:Q", title="milliseconds since the run began"),
            x2="to:Q",
            y=altair.Y("member:N", title=None, sort=[c.member.label for c in verdict.candidates], axis=altair.Axis(labelLimit=220)),
            color=altair.Color(
                "phase:N",
                title=None,
                scale=altair.Scale(domain=phases, range=["#9aa4b2", "#c9a227", "#2f81f7", "#da3633"]),
                legend=altair.Legend(orient="bottom"),
            ),
            tooltip=["member:N", "phase:N", altair.Tooltip("from:Q", format=".0f"), altair.Tooltip("to:Q", format=".0f"), "attempts:Q"],
        )
        .properties(height=altair.Step(ROW_HEIGHT))
    )
    st.altair_chart(chart, width="stretch")


def agreement(verdict: Verdict) -> None:
    """Draw how alike the members' answers are, pair by pair, as a heat map with its numbers."""
    matrix = verdict.similarity
    members = [candidate.member.label for candidate in verdict.candidates]
    if len(matrix) < 2 or len(matrix) != len(members):
        return
    import altair

    st.markdown("**Who agrees with whom**")
    rows = [
        {"member": one, "other": other, "alike": matrix[i][j], "text": f"{matrix[i][j]:.0%}"}
        for i, one in enumerate(members)
        for j, other in enumerate(members)
    ]
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X("other:N", title=None, sort=members, axis=altair.Axis(labelAngle=0, orient="top", labelLimit=160)),
        y=altair.Y("member:N", title=None, sort=members, axis=altair.Axis(labelLimit=220)),
    )
    cells = base.mark_rect().encode(
        color=altair.Color("alike:Q", title="alike", scale=altair.Scale(domain=[0, 1], scheme="blues"), legend=None),
        tooltip=["member:N", "other:N", altair.Tooltip("alike:Q", format=".1%")],
    )
    words = base.mark_text().encode(
        text="text:N", color=altair.condition("datum.alike > 0.6", altair.value("#ffffff"), altair.value("#24292f"))
    )
    st.altair_chart((cells + words).properties(height=altair.Step(40)), width="stretch")


def _segments(candidate: Candidate) -> list[dict[str, Any]]:
    if candidate.latency_ms is None:
        return []
    began, ended = candidate.started_ms, candidate.started_ms + candidate.latency_ms
    first = began + candidate.first_token_ms if candidate.first_token_ms is not None else ended
    phases = [(WAITING, 0.0, began), (FIRST, began, first), (STREAMING, first, ended)]
    if candidate.status is not Status.SUCCESS:
        phases = [(WAITING, 0.0, began), ("failed", began, ended)]
    return [
        {"member": candidate.member.label, "phase": phase, "from": start, "to": end, "attempts": candidate.attempts}
        for phase, start, end in phases
        if end > start
    ]
