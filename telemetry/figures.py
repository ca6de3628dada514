"""From what was counted to the figures of a page: shares, percentiles, sums, and how they went over the time looked at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from telemetry.events import CallEnded, CallStatus, Outcome, RunBegan, RunEnded

BUCKETS = 24
"""Points of a sparkline."""
SHOWN_ERRORS = 50

Entry = TypeVar("Entry", CallEnded, RunEnded)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFigures:
    """One vendor's model. Shares are 0..1, times milliseconds; None where there is nothing to say it from.

    `requests` are calls that were made; the success rate leaves out those that were cancelled, the latencies also answers from the cache.
    Tokens are None where no answer told them.
    """

    vendor: str
    model: str
    requests: int
    succeeded: int
    failed: int
    cancelled: int
    success_rate: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    first_token_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    unpriced: int
    cache_hits: int
    retries: int

    @property
    def name(self) -> str:
        """Return `vendor/model`."""
        return f"{self.vendor}/{self.model}"

    def tokens(self, count: int | None) -> str:
        """Return one of the token counts in words: a number, that the vendor reported none, or "–" where it was not asked."""
        if count is not None:
            return f"{count:,}"
        return "not reported" if self.succeeded > self.cache_hits else "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything of a page at one instant. The series have BUCKETS points from `since` to `until` (seconds since the epoch)."""

    since: float
    until: float
    runs: int
    verdicts: int
    failed: int
    stopped: int
    refused: int
    success_rate: float | None
    p95_ms: float | None
    cost_usd: float | None
    unpriced: int
    cache_hits: int
    runs_series: tuple[float, ...]
    success_series: tuple[float | None, ...]
    p95_series: tuple[float | None, ...]
    cost_series: tuple[float, ...]
    active: tuple[RunBegan, ...]
    members: tuple[MemberFigures, ...]
    errors: tuple[CallEnded | RunEnded, ...]


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile: the smallest value that this share of all values does not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figures(runs: Sequence[RunEnded], calls: Sequence[CallEnded], active: Sequence[RunBegan], since: float, until: float) -> Figures:
    """Return the figures of what ended between two instants."""
    runs = [run for run in runs if since <= _end(run) <= until]
    calls = [call for call in calls if since <= _end(call) <= until]
    buckets = _buckets(runs, since, until)
    paid = _buckets(calls, since, until)
    made = [call for call in calls if call.status is not CallStatus.SKIPPED]
    troubles: list[CallEnded | RunEnded] = [call for call in made if call.status is CallStatus.ERROR]
    troubles += [run for run in runs if run.outcome in (Outcome.FAILED, Outcome.REFUSED)]
    return Figures(
        since=since,
        until=until,
        runs=len(runs),
        verdicts=_count(runs, Outcome.VERDICT),
        failed=_count(runs, Outcome.FAILED),
        stopped=_count(runs, Outcome.STOPPED),
        refused=_count(runs, Outcome.REFUSED),
        success_rate=_success(runs),
        p95_ms=_p95(runs),
        cost_usd=_cost(made),
        unpriced=sum(_unpriced(call) for call in made),
        cache_hits=sum(call.cached for call in made),
        runs_series=tuple(float(len(bucket)) for bucket in buckets),
        success_series=tuple(_success(bucket) for bucket in buckets),
        p95_series=tuple(_p95(bucket) for bucket in buckets),
        cost_series=tuple(_cost(bucket) or 0.0 for bucket in paid),
        active=tuple(active),
        members=tuple(_members(made)),
        errors=tuple(sorted(troubles, key=_end, reverse=True)[:SHOWN_ERRORS]),
    )


def _members(calls: Iterable[CallEnded]) -> list[MemberFigures]:
    by_name: dict[tuple[str, str], list[CallEnded]] = {}
    for call in calls:
        by_name.setdefault((call.vendor, call.model), []).append(call)
    return [_member(vendor, model, held) for (vendor, model), held in sorted(by_name.items())]


def _member(vendor: str, model: str, calls: list[CallEnded]) -> MemberFigures:
    good = [call for call in calls if call.status is CallStatus.SUCCESS]
    failed = sum(call.status is CallStatus.ERROR for call in calls)
    asked = [call for call in good if not call.cached]
    times = [call.latency_ms for call in asked if call.latency_ms is not None]
    return MemberFigures(
        vendor=vendor,
        model=model,
        requests=len(calls),
        succeeded=len(good),
        failed=failed,
        cancelled=sum(call.status is CallStatus.CANCELLED for call in calls),
        success_rate=len(good) / (len(good) + failed) if good or failed else None,
        p50_ms=percentile(times, 0.50),
        p95_ms=percentile(times, 0.95),
        p99_ms=percentile(times, 0.99),
        first_token_ms=percentile([call.first_token_ms for call in asked if call.first_token_ms is not None], 0.50),
        input_tokens=_sum_of_known(call.input_tokens for call in asked),
        output_tokens=_sum_of_known(call.output_tokens for call in asked),
        cost_usd=_cost(calls),
        unpriced=sum(_unpriced(call) for call in calls),
        cache_hits=sum(call.cached for call in calls),
        retries=sum(call.attempts - 1 for call in calls),
    )


def _sum_of_known(counts: Iterable[int | None]) -> int | None:
    """Return the sum of what was reported, None where nothing was."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _end(entry: CallEnded | RunEnded) -> float:
    return entry.began + (entry.latency_ms or 0.0) / 1000


def _count(runs: Iterable[RunEnded], outcome: Outcome) -> int:
    return sum(run.outcome is outcome for run in runs)


def _success(runs: Sequence[RunEnded]) -> float | None:
    """Return the share of runs with a verdict; those stopped or refused before they began say nothing."""
    verdicts, failed = _count(runs, Outcome.VERDICT), _count(runs, Outcome.FAILED)
    return verdicts / (verdicts + failed) if verdicts or failed else None


def _p95(runs: Iterable[RunEnded]) -> float | None:
    return percentile([run.latency_ms for run in runs if run.outcome is Outcome.VERDICT], 0.95)


def _cost(calls: Iterable[CallEnded]) -> float | None:
    known = [call.cost_usd for call in calls if call.cost_usd is not None]
    return sum(known) if known else None


def _unpriced(call: CallEnded) -> bool:
    return call.status is CallStatus.SUCCESS and call.cost_usd is None


def _buckets(entries: Iterable[Entry], since: float, until: float) -> list[list[Entry]]:
    width = max(until - since, 1e-9) / BUCKETS
    found: list[list[Entry]] = [[] for _ in range(BUCKETS)]
    for entry in entries:
        found[min(BUCKETS - 1, max(0, int((_end(entry) - since) / width)))].append(entry)
    return found
