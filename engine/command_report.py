"""What the command line prints: a profile, a verdict or a failure, as text for people or JSON for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import orjson

from architect.profile import Evidence, Profile
from artifacts.records import CheckStatus, Finding, Severity
from engine.export import run_document
from engine.generate import Prepared
from engine.prompts.build import fact_rows
from engine.proof_report import proof_data
from engine.proving.records import Proof
from engine.refining.records import Refinement
from engine.refining.report import refinement_document
from providers import report
from providers.errors import EnsembleError
from providers.records import Candidate, Status, Verdict

PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.HINT: "hints"}


def profile_text(found: Profile) -> str:
    """Return the profile, a line a fact with its evidence."""
    lines = [f"{found.name}: {len(found.components)} component{'s' * (len(found.components) != 1)}, {found.files_read} files read"]
    for component in found.components:
        lines.append(f"\n{component.name} ({component.root or '.'})")
        lines += [f"  {row['what']:<18} {row['value']:<48} {row['where']}" for row in fact_rows(component)]
    if found.questions:
        lines += ["", *(f"? {question}" for question in found.questions)]
    return "\n".join(lines)


def profile_json(found: Profile) -> str:
    """Return the profile as JSON."""
    return _json(
        {
            "name": found.name,
            "questions": found.questions,
            "components": [
                {"name": c.name, "root": c.root, "stack": c.stack, "role": c.role, "facts": fact_rows(c)} for c in found.components
            ],
        }
    )


def verdict_text(verdict: Verdict, prepared: Prepared, written: Sequence[str]) -> str:
    """Return the verdict for a terminal: members, reasons, findings, and the files unless they were written."""
    lines = [verdict_line(verdict), ""]
    lines += [f"  {reason}" for reason in verdict.reasons]
    lines += ["", *_member_lines(verdict.candidates)]
    assessment = verdict.assessment
    if assessment:
        lines += ["", *(_finding_line(finding) for finding in assessment.findings)] if assessment.findings else []
        unchecked = [check for check in assessment.checks if check.status is CheckStatus.NOT_CHECKED]
        lines += [f"  not checked: {check.label} ({check.reason})" for check in unchecked]
    lines += [f"  left out of the prompt: {omitted.path} ({omitted.reason})" for omitted in prepared.omitted]
    lines += [f"  note: {warning}" for warning in verdict.warnings]
    if written:
        lines += ["", *(f"wrote {path}" for path in written)]
    else:
        for artifact in verdict.artifacts:
            lines += ["", f"---FILE: {artifact.path}---", artifact.content.rstrip()]
    return "\n".join(lines)


def verdict_line(verdict: Verdict) -> str:
    """Return the verdict in one line: who won, how clean it is, how far the members agree, how long it took."""
    assessment = verdict.assessment
    counts = [f"{assessment.count(s)} {PLURALS[s]}" for s in Severity] if assessment else ["not judged"]
    answered = sum(candidate.status is Status.SUCCESS for candidate in verdict.candidates)
    who = verdict.winner or "composed"
    score = f", score {assessment.score:.2f}" if assessment else ""
    return (
        f"{verdict.strategy} of {answered}: {who}{score}; {', '.join(counts)}; "
        f"agreement {verdict.consensus:.0%}; {verdict.latency_ms / 1000:.1f} s; {_money(verdict.cost_usd)}"
    )


def verdict_json(
    verdict: Verdict, prepared: Prepared, written: Sequence[str], proof: Proof | None = None, refinement: Refinement | None = None
) -> str:
    """Return everything about the run as one JSON document."""
    document = run_document(verdict)
    document["prompt"] = {
        "tokens_estimated": prepared.tokens,
        "files": [file.path for file in prepared.included],
        "omitted": [dataclasses.asdict(omitted) for omitted in prepared.omitted],
        "secrets_masked": prepared.secrets_masked,
    }
    document["written"] = list(written)
    if proof is not None:
        document["proof"] = proof_data(proof)
    if refinement is not None:
        document["refinement"] = refinement_document(refinement)
    return _json(document)


def failure_text(error: EnsembleError) -> str:
    """Return why there is no verdict, with every member's reason."""
    members = [candidate for candidate in error.candidates if isinstance(candidate, Candidate)]
    return "\n".join([f"no verdict: {error.message}", *_member_lines(members)])


def failure_json(error: EnsembleError) -> str:
    """Return why there is no verdict as JSON."""
    return _json(report.of_failure(error, "", ""))


def _member_lines(candidates: Sequence[Candidate]) -> list[str]:
    lines = []
    for candidate in candidates:
        took = "" if candidate.latency_ms is None else f"{candidate.latency_ms / 1000:6.1f} s"
        if candidate.status is Status.SUCCESS:
            score = "" if candidate.score is None else f"score {candidate.score:.2f}"
            lines.append(f"  {candidate.member.id:<36} {took:>9}  {score}  {_money(candidate.cost_usd)}")
        else:
            why = candidate.error.message if candidate.error else candidate.status.value
            lines.append(f"  {candidate.member.id:<36} {took:>9}  {candidate.status.value}: {why}")
    return lines


def _finding_line(finding: Finding) -> str:
    where = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
    return f"  {finding.severity.value}: {where} {finding.rule} {finding.message}"


def _money(cost: float | None) -> str:
    return "price unknown" if cost is None else "free" if cost == 0 else f"about ${cost:.4f}"


def document_json(document: Any) -> str:
    """Return plain data as indented JSON."""
    return _json(document)


def _json(document: Any) -> str:
    return orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Evidence):
        return str(value)
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(type(value).__name__)
