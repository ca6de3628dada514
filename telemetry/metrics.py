"""The same in the form Prometheus scrapes: counters and histograms of this process, with few and bounded labels."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry.events import CallEnded, CallStatus, RunBegan, RunEnded

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

MOST_MODELS = 100
"""Pairs of vendor and model with labels of their own; later ones count together, so that names typed by users add no series without end."""
OTHER = "other"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300)
_STRANGE = re.compile(r"[^A-Za-z0-9._:/@+-]")


@dataclass(frozen=True, slots=True)
class BreakerGauge:
    """The state of one member's breaker at a scrape: 0 closed, 0.5 half open, 1 open."""

    vendor: str
    model: str
    value: float


class Metrics:
    """A sink with a registry of its own. `breakers` is asked at each scrape."""

    def __init__(self, breakers: Callable[[], Iterable[BreakerGauge]] = tuple):
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = registry = CollectorRegistry()
        self._breakers = breakers
        self._lock = threading.Lock()
        self._models: set[tuple[str, str]] = set()
        member = ("vendor", "model")
        self._active = Gauge("omni_runs_active", "Runs under way.", registry=registry)
        self._runs = Counter("omni_runs", "Runs that ended.", ("outcome",), registry=registry)
        self._run_seconds = Histogram("omni_run_seconds", "Seconds a run took.", ("outcome",), buckets=SECONDS, registry=registry)
        self._calls = Counter("omni_calls", "Calls that ended.", (*member, "status"), registry=registry)
        self._errors = Counter("omni_call_errors", "Failed calls by class of error.", ("vendor", "error"), registry=registry)
        self._call_seconds = Histogram("omni_call_seconds", "Seconds an answer took.", member, buckets=SECONDS, registry=registry)
        self._first = Histogram("omni_first_token_seconds", "Seconds until the first token.", member, buckets=SECONDS, registry=registry)
        self._tokens = Counter("omni_tokens", "Tokens as the vendors counted them.", (*member, "direction"), registry=registry)
        self._cost = Counter("omni_cost_usd", "Dollars, where a price is known.", member, registry=registry)
        self._hits = Counter("omni_cache_hits", "Answers that were given before.", member, registry=registry)
        self._retries = Counter("omni_retries", "Attempts after the first.", member, registry=registry)
        registry.register(self)

    def run_began(self, run: RunBegan) -> None:
        """Take in a beginning."""
        self._active.inc()

    def call_ended(self, call: CallEnded) -> None:
        """Take in the end of a call."""
        if call.status is CallStatus.SKIPPED:
            return
        vendor, model = self._labels(call.vendor, call.model)
        self._calls.labels(vendor, model, call.status.value).inc()
        if call.attempts > 1:
            self._retries.labels(vendor, model).inc(call.attempts - 1)
        if call.status is CallStatus.ERROR:
            self._errors.labels(vendor, call.error or OTHER).inc()
        if call.status is not CallStatus.SUCCESS:
            return
        if call.cached:
            self._hits.labels(vendor, model).inc()
            return
        if call.latency_ms is not None:
            self._call_seconds.labels(vendor, model).observe(call.latency_ms / 1000)
        if call.first_token_ms is not None:
            self._first.labels(vendor, model).observe(call.first_token_ms / 1000)
        for direction, count in (("input", call.input_tokens), ("output", call.output_tokens)):
            if count:
                self._tokens.labels(vendor, model, direction).inc(count)
        if call.cost_usd:
            self._cost.labels(vendor, model).inc(call.cost_usd)

    def run_ended(self, run: RunEnded) -> None:
        """Take in the end of a run."""
        self._runs.labels(run.outcome.value).inc()
        if run.began and run.outcome.value != "refused":
            self._active.dec()
            self._run_seconds.labels(run.outcome.value).observe(run.latency_ms / 1000)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield what is not counted but looked at: the breakers. Called by the registry."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        worst: dict[tuple[str, str], float] = {}
        for gauge in self._breakers():
            labels = self._labels(gauge.vendor, gauge.model)
            worst[labels] = max(worst.get(labels, 0.0), gauge.value)
        family = GaugeMetricFamily("omni_breaker_state", "0 closed, 0.5 half open, 1 open.", labels=("vendor", "model"))
        for labels, value in worst.items():
            family.add_metric(labels, value)
        yield family

    def _labels(self, vendor: str, model: str) -> tuple[str, str]:
        pair = (_STRANGE.sub("_", vendor)[:40], _STRANGE.sub("_", model)[:80])
        with self._lock:
            if pair in self._models:
                return pair
            if len(self._models) >= MOST_MODELS:
                return OTHER, OTHER
            self._models.add(pair)
        return pair
