"""Verdicts as an ensemble would give them, made by hand: members that answered with files, failed, or said nothing useful."""

from __future__ import annotations

from artifacts import compare
from artifacts.parse import kind_of
from artifacts.records import Artifact, Assessment, Check, CheckStatus, Finding, ScorePart, Severity
from providers.base import Answer
from providers.records import Candidate, Member, MemberError, Status, Verdict

SLIM = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nUSER 1000\nEXPOSE 8000\nCMD ["gunicorn", "wsgi:app"]\n'
ALPINE = 'FROM python:3.12-alpine\nWORKDIR /app\nCOPY . .\nEXPOSE 5000\nCMD ["gunicorn", "wsgi:app"]\n'


def file(content: str, path: str = "Dockerfile") -> Artifact:
    return Artifact(path, content, kind_of(path, content))


def assessed(*artifacts: Artifact, score: float = 0.9, errors: int = 0, message: str = "wrong") -> Assessment:
    """Return a judge's view with real decisions and made-up findings."""
    found = tuple(decision for artifact in artifacts for decision in compare.decisions(artifact))
    findings = tuple(Finding(f"E{number}", Severity.ERROR, message, "Dockerfile", number + 1) for number in range(errors))
    checks = (Check("syntax", "Syntax", CheckStatus.PASSED), Check("hadolint", "Hadolint", CheckStatus.NOT_CHECKED, reason="not installed"))
    parts = (ScorePart("parses", 1.0, 0.5, "every file parses"), ScorePart("findings", score, 0.5, message))
    return Assessment(artifacts, found, checks, findings, parts, score, not errors)


def answered(index: int, *artifacts: Artifact, score: float = 0.9, errors: int = 0, message: str = "wrong", label: str = "") -> Candidate:
    text = "\n".join(artifact.content for artifact in artifacts) or "I cannot help with that."
    judged = assessed(*artifacts, score=score, errors=errors, message=message)
    return Candidate(
        member=member(index, label),
        status=Status.SUCCESS,
        answer=Answer(text=text, model="m"),
        assessment=judged,
        started_ms=2.0,
        latency_ms=1_400.0,
        first_token_ms=300.0,
        score=score,
        cluster=index,
    )


def failed(index: int, partial: str = "") -> Candidate:
    error = MemberError("RateLimited", "Too many requests.", "Wait a little.")
    return Candidate(member=member(index), status=Status.ERROR, error=error, latency_ms=90.0, attempts=3, partial_text=partial)


def member(index: int, label: str = "") -> Member:
    return Member(index=index, id=f"fake/m{index}", vendor="fake", label=label or f"Fake {index}", model=f"m{index}")


def verdict(*candidates: Candidate, winner: int | None = 0, run_id: str = "r1", alike: float = 0.4) -> Verdict:
    won = None if winner is None else candidates[winner]
    places = range(len(candidates))
    return Verdict(
        run_id=run_id,
        text=won.answer.text if won and won.answer else "",
        artifacts=won.artifacts if won else (),
        assessment=won.assessment if won else None,
        winner=won.member.id if won else None,
        strategy="best_of_n",
        execution="parallel",
        consensus=0.5,
        votes=(),
        reasons=("it is clean",),
        candidates=candidates,
        similarity=tuple(tuple(1.0 if one == other else alike for other in places) for one in places),
        latency_ms=1_500.0,
        warnings=("take care",),
    )
