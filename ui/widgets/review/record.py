"""The record of a run: findings, metadata of every member, the prompt that was sent, and everything as a file to keep."""

from __future__ import annotations

import streamlit as st

from artifacts.records import Finding, Severity
from engine.export import run_json
from providers.records import Verdict
from ui import state
from ui.html import Piece, link, show, tag
from ui.text import count, label, plain
from ui.widgets.verdict import members_table

TINTS = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.HINT: "soft"}
ORDER = tuple(Severity)
SHOWN_FINDINGS = 100


def findings(found: tuple[Finding, ...]) -> None:
    """Show what the validators say of an answer, the worst first."""
    if not found:
        st.caption(":material/check_circle: The validators found nothing to remark.")
        return
    rows = sorted(found, key=lambda finding: ORDER.index(finding.severity))
    st.markdown(f"**{count(len(found), 'finding')}**")
    show(tag("div", tag("div", tag("table", *map(_finding, rows[:SHOWN_FINDINGS])), class_="scroll"), class_="omni findings"))
    if len(rows) > SHOWN_FINDINGS:
        st.caption(f"The {SHOWN_FINDINGS} worst of {len(rows):,} are shown; the export holds all of them.")


def reasons(verdict: Verdict) -> None:
    """Say why the verdict is as it is, and what the user should know of the run."""
    for warning in verdict.warnings:
        st.warning(label(warning, most=600), icon=":material/warning:")
    if verdict.reasons:
        with st.expander(f"Why this verdict: {count(len(verdict.reasons), 'reason')}", type="compact", key="review_reasons"):
            st.text("\n".join(verdict.reasons))


def metadata(verdict: Verdict) -> None:
    """Show a row for each member."""
    members_table(verdict.candidates, verdict.winner)


def sent_prompt() -> None:
    """Show the exact prompt that was sent."""
    text = state.page().prompt_text
    if text:
        with st.expander("The prompt that was sent", icon=":material/description:", key="review_prompt"):
            st.code(text, language=None, wrap_lines=True, height=420)


def export(verdict: Verdict) -> None:
    """Offer the whole run as JSON."""
    prompt = state.page().prompt_text or None
    st.download_button(
        "Export",
        data=lambda: run_json(verdict, prompt),
        file_name=f"run-{verdict.run_id}.json",
        mime="application/json",
        icon=":material/download:",
        key="export_run",
        on_click="ignore",
        help="Everything about this run as JSON: answers, files, findings, decisions, votes, times, cost, prompt.",
    )


def _finding(finding: Finding) -> Piece:
    where = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return tag(
        "tr",
        tag("td", finding.severity.value, class_=TINTS[finding.severity]),
        tag("td", link(finding.rule, finding.link), class_="rule", title=f"found by {finding.source}"),
        tag("td", plain(where, 80), class_="mono"),
        tag("td", plain(finding.message, 600), class_="say"),
    )
