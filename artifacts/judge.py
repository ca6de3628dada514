"""Artifacts judged: what validators find, whether they parse, are complete, agree with the evidence and are production-grade.

The score follows SPEC §5 (best_of_n). Length plays no part in it, and the same files always get the same score.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from artifacts.compare import decisions
from artifacts.judging.grounding import ground
from artifacts.judging.limits import beyond, judged
from artifacts.judging.parts import score_parts, total
from artifacts.parse import parse_answer
from artifacts.programs.judge import assess_program
from artifacts.records import Artifact, Assessment, Check, Expectations, Finding, Severity
from artifacts.validating import run_validators
from artifacts.validators import VALIDATORS

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}


async def assess_answer(text: str, expectations: Expectations | None, *, timeout_s: float = 10.0) -> Assessment:
    """Parse an answer and judge its files, or run it where a program is expected.

    Takes at most `timeout_s` seconds; validators that did not end are NOT_CHECKED.
    """
    if expectations is not None and expectations.program is not None:
        return await assess_program(text, expectations.program, timeout_s=timeout_s)
    parsed = await asyncio.to_thread(parse_answer, text, expectations.files if expectations else ())
    return await _assess(parsed.artifacts, expectations, timeout_s, parsed.problems, parsed.findings)


async def assess_artifacts(artifacts: Sequence[Artifact], expectations: Expectations | None, *, timeout_s: float = 10.0) -> Assessment:
    """Judge files that are already apart."""
    return await _assess(tuple(artifacts), expectations, timeout_s, (), ())


def add_evidence(
    assessment: Assessment, expectations: Expectations | None, checks: Sequence[Check], findings: Sequence[Finding], source: str
) -> Assessment:
    """Weigh an assessment again with what was learnt since, of one source; what that source said before is replaced."""
    kept = [check for check in assessment.checks if not check.validator.startswith(source)]
    found = [finding for finding in assessment.findings if finding.source != source]
    return _weigh(assessment.artifacts, expectations or Expectations(), (*kept, *checks), (*found, *findings), assessment.problems)


async def _assess(
    artifacts: tuple[Artifact, ...],
    expectations: Expectations | None,
    timeout_s: float,
    problems: tuple[str, ...],
    noted: tuple[Finding, ...],
) -> Assessment:
    checks, found = await run_validators(VALIDATORS, judged(artifacts), timeout_s=timeout_s)
    return await asyncio.to_thread(_weigh, artifacts, expectations or Expectations(), checks, (*noted, *found), problems)


def _weigh(
    artifacts: tuple[Artifact, ...],
    expectations: Expectations,
    checks: tuple[Check, ...],
    found: tuple[Finding, ...],
    problems: tuple[str, ...],
) -> Assessment:
    inside = judged(artifacts)
    grounding = ground(inside, expectations)
    findings = tuple(sorted({*found, *beyond(artifacts), *grounding.findings}, key=_finding_order))
    parts = score_parts(inside, expectations, findings, grounding)
    return Assessment(
        artifacts=artifacts,
        decisions=tuple(decision for artifact in inside for decision in decisions(artifact)),
        checks=checks,
        findings=findings,
        parts=parts,
        score=total(parts),
        clean=bool(artifacts) and not any(finding.severity is Severity.ERROR for finding in findings),
        problems=problems,
    )


def _finding_order(finding: Finding) -> tuple[int, str, int, str, str, str]:
    return (_ORDER[finding.severity], finding.path, finding.line or 0, finding.source, finding.rule, finding.message)
