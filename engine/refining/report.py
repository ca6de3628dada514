"""A refinement in words for a terminal and as plain data for another program."""

from __future__ import annotations

from typing import Any

from engine.refining.records import Attempt, Refinement


def refinement_text(refinement: Refinement) -> str:
    """Return every attempt in a line, and why it ended."""
    before, after = refinement.before, refinement.assessment
    lines = [
        f"repair: score {before.score:.2f} to {after.score:.2f}, {len(before.findings)} findings to {len(after.findings)}, "
        f"rounds: {refinement.rounds}; {refinement.stopped}"
    ]
    return "\n".join([*lines, *(f"  {attempt_line(attempt)}" for attempt in refinement.attempts)])


def attempt_line(attempt: Attempt) -> str:
    """Return one attempt in a line."""
    score = "" if attempt.assessment is None else f", score {attempt.assessment.score:.2f}"
    kept = "kept" if attempt.accepted else "not kept"
    return f"round {attempt.round}, {attempt.path}: {attempt.label} {attempt.how}{score}; {kept}: {attempt.why}"


def refinement_document(refinement: Refinement) -> dict[str, Any]:
    """Return the record without the files of attempts that were not kept."""
    return {
        "score_before": refinement.before.score,
        "score": refinement.assessment.score,
        "rounds": refinement.rounds,
        "stopped": refinement.stopped,
        "cost_usd": refinement.cost_usd,
        "latency_ms": refinement.latency_ms,
        "attempts": [
            {
                "round": attempt.round,
                "by": attempt.by,
                "path": attempt.path,
                "how": attempt.how,
                "accepted": attempt.accepted,
                "why": attempt.why,
                "score": attempt.assessment.score if attempt.assessment else None,
                "findings": len(attempt.assessment.findings) if attempt.assessment else None,
                "cost_usd": attempt.cost_usd,
                "latency_ms": attempt.latency_ms,
            }
            for attempt in refinement.attempts
        ],
    }
