"""What all runs of this process share: guards towards the vendors, and what counts the runs; one set for one set of settings."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from config import Settings
from providers.accounts import Budgets, Ledger
from providers.answerstore import AnswerStore, RedisAnswers, SqliteAnswers
from providers.execution.breaker import BreakerState
from providers.execution.cache import Reuse
from providers.observing import Observer
from providers.shared import Guards, Shared
from telemetry import spans
from telemetry.events import Sink
from telemetry.metrics import BreakerGauge, Metrics
from telemetry.monitor import Monitor

KEPT = 4
"""Sets kept, for tests that change the settings; a server has one."""
HOUR_S = 3600.0
MIB = 1024 * 1024
_GAUGE = {BreakerState.CLOSED: 0.0, BreakerState.HALF_OPEN: 0.5, BreakerState.OPEN: 1.0}

CLI = "cli"
"""The owner of runs made from a shell."""


@dataclass(frozen=True, slots=True, eq=False)
class Resources:
    """The set. `spans` is None where no receiver is set."""

    shared: Shared
    monitor: Monitor
    metrics: Metrics
    spans: spans.Spans | None

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """Return everything that counts."""
        return (self.monitor, self.metrics) if self.spans is None else (self.monitor, self.metrics, self.spans)

    def close(self) -> None:
        """Send what waits, close the files."""
        if self.spans is not None:
            self.spans.close()
        self.shared.close()


_lock = threading.Lock()
_sets: OrderedDict[Settings, Resources] = OrderedDict()


def resources(settings: Settings) -> Resources:
    """Return the process's set, made at the first call."""
    with _lock:
        held = _sets.get(settings)
        if held is None:
            held = _sets[settings] = _make(settings)
            while len(_sets) > KEPT:
                _sets.popitem(last=False)[1].close()
        return held


def close_all() -> None:
    """Close every set, at the end of the process."""
    with _lock:
        held, kept = list(_sets.values()), _sets
        kept.clear()
    for entry in held:
        entry.close()


def guards(settings: Settings, owner: str, *, reuse: Reuse | None = None, budgets: Budgets | None = None) -> Guards:
    """Return what this user's calls go through. His own budgets may be tighter than the operator's, never wider."""
    held = resources(settings)
    limits = operator_budgets(settings)
    return Guards(
        shared=held.shared,
        owner=owner,
        reuse=reuse if reuse is not None else Reuse(settings.answer_cache),
        budgets=limits if budgets is None else budgets.within(limits),
        listeners=(Observer(owner, held.sinks),),
    )


def operator_budgets(settings: Settings) -> Budgets:
    """Return what the settings allow each user."""
    return Budgets(run_usd=settings.budget_usd_per_run, day_usd=settings.budget_usd_per_day, day_tokens=settings.vendor_tokens_per_day)


def _make(settings: Settings) -> Resources:
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
    ttl_s, most = settings.answer_cache_hours * HOUR_S, settings.answer_cache_mib * MIB
    store: AnswerStore = (
        RedisAnswers(redis_url, ttl_s=ttl_s)
        if redis_url
        else SqliteAnswers(settings.omni_data_dir / "answers.sqlite3", ttl_s=ttl_s, max_bytes=most)
    )
    shared = Shared(
        per_minute=dict(settings.vendor_calls_per_minute),
        tokens_per_minute=dict(settings.vendor_tokens_per_minute),
        redis_url=redis_url,
        store=store,
        ledger=Ledger(settings.omni_data_dir / "accounts.sqlite3"),
    )
    endpoint, headers = settings.otel_exporter_otlp_endpoint, settings.otel_exporter_otlp_headers
    return Resources(
        shared=shared,
        monitor=Monitor(),
        metrics=Metrics(lambda: [BreakerGauge(view.vendor, view.model, _GAUGE[view.state]) for view in shared.breakers()]),
        spans=spans.over_http(endpoint, headers.get_secret_value() if headers else "", settings.otel_service_name) if endpoint else None,
    )
