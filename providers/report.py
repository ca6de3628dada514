"""The public result of a run as plain data: the dictionaries of SPEC §4."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from providers import pricing
from providers.errors import ConsensusNotReached, EnsembleError
from providers.records import Candidate, Status, Verdict, Vote


def of_verdict(verdict: Verdict) -> dict[str, Any]:
    """Return everything about a run that gave a verdict."""
    return {
        "response": verdict.text,
        "strategy": verdict.strategy,
        "execution": verdict.execution,
        "winner": verdict.winner,
        "consensus": verdict.consensus,
        "votes": [_vote(vote) for vote in verdict.votes],
        "reasons": list(verdict.reasons),
        "similarity": [list(row) for row in verdict.similarity],
        "latency_ms": verdict.latency_ms,
        "warnings": list(verdict.warnings),
        "run_id": verdict.run_id,
        "error": None,
        **_members(verdict.candidates),
    }


def of_failure(error: EnsembleError, strategy: str, execution: str) -> dict[str, Any]:
    """Return the same of a run that gave none: `response` is None, `error` says why, what the members gave is kept."""
    candidates = tuple(candidate for candidate in error.candidates if isinstance(candidate, Candidate))
    failure: dict[str, Any] = {"class": type(error).__name__, "message": error.message}
    consensus = None
    if isinstance(error, ConsensusNotReached):
        consensus = error.consensus
        failure["disagreement"] = {key: {value: list(members) for value, members in sides.items()} for key, sides in error.disagreement}
    return {
        "response": None,
        "strategy": strategy,
        "execution": execution,
        "winner": None,
        "consensus": consensus,
        "votes": [],
        "reasons": [],
        "similarity": [],
        "latency_ms": None,
        "warnings": [],
        "run_id": None,
        "error": failure,
        **_members(candidates),
    }


def _members(candidates: Iterable[Candidate]) -> dict[str, Any]:
    everyone = tuple(candidates)
    answered = [candidate for candidate in everyone if candidate.status is Status.SUCCESS and candidate.member.role != "aggregator"]
    return {
        "providers_used": [candidate.member.label for candidate in answered],
        "total_providers": sum(candidate.member.role != "aggregator" for candidate in everyone),
        "individual_responses": [_candidate(candidate) for candidate in everyone],
        "failures": [
            {
                "id": entry.member.id,
                "provider": entry.member.label,
                "model": entry.member.model,
                "status": str(entry.status),
                **_error(entry),
            }
            for entry in everyone
            if entry.status is Status.ERROR
        ],
        "cost_usd": pricing.total(tuple(candidate.cost_usd for candidate in everyone)),
        "cost_breakdown": {candidate.member.id: _cost(candidate) for candidate in everyone},
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    answer = candidate.answer
    return {
        "id": candidate.member.id,
        "provider": candidate.member.label,
        "vendor": candidate.member.vendor,
        "model": candidate.member.model,
        "weight": candidate.member.weight,
        "status": str(candidate.status),
        "response": answer.text if answer else None,
        "started_ms": candidate.started_ms,
        "latency_ms": candidate.latency_ms,
        "first_token_ms": candidate.first_token_ms,
        "input_tokens": answer.usage.input_tokens if answer else None,
        "output_tokens": answer.usage.output_tokens if answer else None,
        "cost_usd": candidate.cost_usd,
        "confidence": candidate.confidence,
        "score": candidate.score,
        "cluster": candidate.cluster,
        "attempts": candidate.attempts,
        "role": candidate.member.role,
        "stands_in_for": candidate.stands_in_for or None,
        "replaced_by": candidate.replaced_by or None,
        "inner": [_candidate(entry) for entry in candidate.inner],
        "error": _error(candidate) if candidate.error else None,
    }


def _error(candidate: Candidate) -> dict[str, str]:
    error = candidate.error
    return {"class": error.kind, "message": error.message, "advice": error.advice} if error else {}


def _cost(candidate: Candidate) -> dict[str, Any]:
    answer = candidate.answer
    price = pricing.price_of(candidate.member.vendor, answer.model if answer else candidate.member.model) or pricing.price_of(
        candidate.member.vendor, candidate.member.model
    )
    known = price is not None and candidate.cost_usd is not None
    return {
        "cost_usd": candidate.cost_usd,
        "input_tokens": answer.usage.input_tokens if answer else None,
        "output_tokens": answer.usage.output_tokens if answer else None,
        "basis": str(price.basis) if known and price else None,
        "source": price.source if known and price else None,
        "as_of": price.as_of if known and price else None,
    }


def _vote(vote: Vote) -> dict[str, Any]:
    return {**asdict(vote), "members": list(vote.members)}
