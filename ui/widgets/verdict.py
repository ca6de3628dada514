"""The verdict: who won and why, the files, and what each member gave."""

from __future__ import annotations

from typing import Any

import streamlit as st

from artifacts.records import Artifact, Assessment, Kind, Severity
from engine.choose import agreement
from engine.generate import Prepared
from providers.records import Candidate, Status, Verdict
from providers.strategies import STRATEGIES
from ui import state
from ui.navigation import go, has
from ui.text import count, excerpt, label, money, seconds

LANGUAGES = {
    Kind.DOCKERFILE: "docker",
    Kind.DOCKERIGNORE: "ini",
    Kind.COMPOSE: "yaml",
    Kind.KUBERNETES: "yaml",
    Kind.TERRAFORM: "hcl",
    Kind.GITHUB_ACTIONS: "yaml",
    Kind.GITLAB_CI: "yaml",
    Kind.OTEL: "yaml",
    Kind.PROMETHEUS: "yaml",
    Kind.GRAFANA: "json",
}
TALL_LINES = 32
SHOWN_REASONS = 4


def verdict_panel(verdict: Verdict) -> None:
    """Show the combined result with its evidence, and the way on."""
    with st.container(key=state.VERDICT, border=True):
        _headline(verdict)
        why, onward = st.columns([7, 3], gap="small")
        with why:
            _reasons(verdict.reasons)
        with onward:
            _onward(verdict)
        if verdict.warnings:
            st.warning("  \n".join(label(warning, most=400) for warning in verdict.warnings), icon=":material/warning:")
        artifact_tabs(verdict.artifacts)
        _findings(verdict)
    members_table(verdict.candidates, verdict.winner)


def artifact_tabs(artifacts: tuple[Artifact, ...]) -> None:
    """Show files in tabs, as code; a very long one is shown from its beginning and says so."""
    if not artifacts:
        st.info("The result holds no file. Its text is on the Review page.", icon=":material/info:")
        return
    for tab, artifact in zip(st.tabs([label(artifact.path, most=60) for artifact in artifacts]), artifacts, strict=True):
        with tab:
            show_code(artifact.content, LANGUAGES.get(artifact.kind))


def show_code(text: str, language: str | None) -> None:
    """Show text as code; a long one from its beginning."""
    lines = text.splitlines()
    shown, missing = excerpt(lines)
    st.code(shown, language=language, height=520 if len(lines) > TALL_LINES else "content")
    if missing:
        st.caption(f"{missing}; all of it is applied.")


def members_table(candidates: tuple[Candidate, ...], winner: str | None) -> None:
    """Show a row a member: how it ended, its score and findings, times, tokens and cost."""
    if candidates:
        st.markdown("**Members**")
        with st.container(key=state.MEMBERS):
            rows = [member_row(candidate, winner) for candidate in candidates]
            known = [name for name in rows[0] if any(row[name] is not None for row in rows)]
            st.dataframe(
                [{name: row[name] for name in known} for row in rows],
                hide_index=True,
                column_config={"score": _score_column()},
                placeholder="",
                alt="How each member's answer ended, with score, findings, times, tokens and cost",
            )


def _score_column() -> Any:
    return st.column_config.ProgressColumn("score", min_value=0.0, max_value=1.0, format="%.2f", width="small")


def member_row(candidate: Candidate, winner: str | None) -> dict[str, Any]:
    """Return one member's outcome as a row for people; what is not known is left empty, never 0."""
    answer, found = candidate.answer, candidate.assessment
    status = "won" if candidate.member.id == winner else "answered" if candidate.status is Status.SUCCESS else candidate.status.value
    return {
        "member": candidate.member.label,
        "model": candidate.member.model,
        "status": status,
        "score": candidate.score,
        **{f"{severity.value}s": found.count(severity) if found else None for severity in Severity},
        "cluster": None if candidate.cluster is None else candidate.cluster + 1,
        "confidence": None if candidate.confidence is None else f"{candidate.confidence:.2f}",
        "first token": None if candidate.first_token_ms is None else seconds(candidate.first_token_ms),
        "attempts": candidate.attempts if candidate.attempts > 1 else None,
        "took": None if candidate.latency_ms is None else seconds(candidate.latency_ms),
        "tokens": answer.usage.output_tokens if answer else None,
        "cost": ("from the cache" if answer.cached else money(candidate.cost_usd)) if answer else None,
        "note": f"{candidate.error.message} {candidate.error.advice}".strip() if candidate.error else None,
    }


def remarks(assessment: Assessment) -> str:
    """Count an answer's findings by severity: `0 errors, 1 hint`; that there is no error is worth saying."""
    numbers = [(severity, assessment.count(severity)) for severity in Severity]
    return ", ".join(count(number, severity.value) for severity, number in numbers if number or severity is Severity.ERROR)


def agreed(verdict: Verdict) -> str:
    """Say on how many decisions the members agree; empty where there are no two to compare."""
    found = agreement(verdict)
    return f"members agree on {found[0]} of {count(found[1], 'decision')}" if found else ""


def prompt_account(prepared: Prepared) -> str:
    """Say what of the selection is in the prompt: `3 files in the prompt, 2 secrets masked, 1 file left out`."""
    parts = [f"{count(len(prepared.included), 'file')} in the prompt"]
    if prepared.prompt.images:
        parts.append(count(len(prepared.prompt.images), "picture"))
    if prepared.secrets_masked:
        parts.append(f"{count(prepared.secrets_masked, 'secret')} masked")
    through = sum(len(file.spared) for file in prepared.included)
    if through:
        parts.append(f"{count(through, 'secret')} sent as {'it is' if through == 1 else 'they are'}")
    if prepared.omitted:
        parts.append(f"{count(len(prepared.omitted), 'file')} left out")
    return ", ".join(parts)


def _reasons(reasons: tuple[str, ...]) -> None:
    if reasons:
        st.text(_whys(reasons[:SHOWN_REASONS]))
    if len(reasons) > SHOWN_REASONS:
        with st.expander(count(len(reasons) - SHOWN_REASONS, "more reason"), type="compact"):
            st.text(_whys(reasons[SHOWN_REASONS:]))


def _onward(verdict: Verdict) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", key="verdict_buttons"):
        if has("review") and st.button("Review", key=state.REVIEW, icon=":material/rate_review:"):
            go("review")
        if has("deliver") and verdict.artifacts and st.button("Apply", key=state.APPLY, icon=":material/save:", type="primary"):
            go("deliver")


def _whys(reasons: tuple[str, ...]) -> str:
    return "\n".join(f"why: {reason}" for reason in reasons)


def _headline(verdict: Verdict) -> None:
    names = {entry.id: entry.label for entry in STRATEGIES}
    answered = [candidate for candidate in verdict.candidates if candidate.status is Status.SUCCESS]
    title = f"{names.get(verdict.strategy, verdict.strategy)}, {len(answered)} of {count(len(verdict.candidates), 'member')}"
    if not verdict.candidates:
        title = verdict.strategy.replace("_", "-").capitalize()
    facts = []
    if verdict.assessment:
        facts.append(remarks(verdict.assessment) if verdict.artifacts else "no file in the answer")
    if len(answered) > 1:
        facts.append(agreed(verdict) or f"agreement {verdict.consensus:.0%}")
    facts.append(f"{seconds(verdict.latency_ms)}, {money(verdict.cost_usd)}")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{label(title)}: {label(_winner(verdict))}**")
        for fact in facts:
            st.markdown(label(fact))


def _winner(verdict: Verdict) -> str:
    for candidate in verdict.candidates:
        if candidate.member.id == verdict.winner:
            return candidate.member.label
    if not verdict.candidates and verdict.artifacts:
        return count(len(verdict.artifacts), "file")
    return "composed of several answers" if verdict.artifacts or verdict.text else "no result"


def _findings(verdict: Verdict) -> None:
    if verdict.assessment is None or not verdict.assessment.findings:
        return
    with st.expander(f"{count(len(verdict.assessment.findings), 'finding')} in the result", icon=":material/fact_check:"):
        for finding in verdict.assessment.findings:
            where = f"{finding.path}:{finding.line}" if finding.line else finding.path
            st.text(f"{finding.severity.value}  {where}  {finding.rule}  {finding.message}")
