"""The record of a run: findings, metadata of every member, the prompt that was sent, and everything as a file to keep."""

from __future__ import annotations

import streamlit as st

from artifacts.records import Finding, Severity
from engine.export import run_json
from providers.records import Candidate, Verdict
from ui import state
from ui.text import count, label
from ui.widgets.verdict import members_table

ICONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "hint"}


def findings(verdict: Verdict, candidate: Candidate | None) -> None:
    """Show what the validators say of the verdict, and of the candidate the user looks at where that is another."""
    _of("the verdict", verdict.assessment.findings if verdict.assessment else ())
    if candidate is not None and candidate.member.id != verdict.winner and candidate.assessment:
        _of(candidate.member.label, candidate.assessment.findings)


def metadata(verdict: Verdict) -> None:
    """Show reasons, warnings and a row for each member."""
    if verdict.reasons:
        with st.expander(f"Why this verdict: {count(len(verdict.reasons), 'reason')}", icon=":material/fact_check:"):
            for reason in verdict.reasons:
                st.text(reason)
    for warning in verdict.warnings:
        st.warning(label(warning, most=400), icon=":material/warning:")
    members_table(verdict.candidates, verdict.winner)


def sent_prompt() -> None:
    """Show the exact prompt that was sent."""
    page = state.page()
    if page.sent is not None:
        text = f"{page.sent.prompt.system}\n\n{page.sent.prompt.text}"
    elif page.reopened is not None:
        text = page.reopened.prompt
    else:
        return
    with st.expander("The prompt that was sent", icon=":material/description:"):
        st.code(text, language=None, wrap_lines=True, height=420)


def export(verdict: Verdict) -> None:
    """Offer the whole run as JSON."""
    st.download_button(
        "Export this run",
        data=lambda: run_json(verdict),
        file_name=f"run-{verdict.run_id}.json",
        mime="application/json",
        icon=":material/download:",
        key="export_run",
        on_click="ignore",
    )


def _of(whose: str, found: tuple[Finding, ...]) -> None:
    if not found:
        st.caption(f":material/check_circle: No findings in {label(whose)}.")
        return
    st.markdown(f"**Findings in {label(whose)}**")
    st.dataframe(
        [
            {
                "severity": ICONS[finding.severity],
                "rule": finding.rule,
                "file": finding.path,
                "line": finding.line,
                "why": finding.message,
                "by": finding.source,
                "more": finding.link,
            }
            for finding in found
        ],
        hide_index=True,
        column_config={"more": st.column_config.LinkColumn("more", display_text="rule")},
        alt="Findings with severity, rule, file, line and reason",
    )
