"""Recording and alerting rules: requests, errors and durations of each component, and what its services suffer from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from architect.blueprint import Site
from architect.blueprints.prometheus.watched import COLLECTOR, Watched, needs_collector, scraped, servers
from architect.measuring.servers import SERVERS
from architect.request import Style
from architect.syntax.yaml import Because, Words

OBJECTIVE = 0.001
"""The share of requests that may fail: one in a thousand."""
SLOW = 0.5
_WINDOWS = {Style.LEAN: ("5m",), Style.HARDENED: ("5m", "30m", "1h", "6h"), Style.CACHED: ("5m", "30m", "1h")}


def rules(site: Site, items: Sequence[Watched]) -> dict[str, Any]:
    """Return the whole file."""
    groups: list[Any] = []
    served = [item for item in items if item.requests is not None]
    if served:
        recorded = [rule for item in served for rule in recordings(item, site.style)]
        groups.append({"name": "requests", **_interval(site.style), "rules": recorded})
    alerts = [rule for item in served for rule in _request_alerts(item, site.style)]
    alerts += list(_presence(site, items))
    if alerts:
        groups.append({"name": "components", "rules": alerts})
    backing = [rule for server in servers(site, items) for rule in _server_alerts(server.spec.kind)]
    if backing:
        groups.append({"name": "services", "rules": backing})
    return {"groups": groups}


def series(kind: str, window: str) -> str:
    """Return the name of a recorded series: what it is about, what it tells, over how long."""
    if kind in ("p95", "p99", "mean"):
        return f"job:request_duration_seconds:{kind}_{window}"
    return {"requests": f"job:requests:rate{window}", "errors": f"job:request_errors:ratio_rate{window}"}[kind]


def recordings(item: Watched, style: Style) -> Iterator[dict[str, Any]]:
    """Yield the recorded series of one component."""
    requests = item.requests
    if requests is None:
        return
    why = f"counted by {item.proof.value}" if item.proof else "counted by the collector from traces"
    evidence = item.proof.evidence if item.proof else ()
    labels = {"job": item.job}
    for window in _WINDOWS[style]:
        every = f"sum(rate({requests.counter}{item.matcher()}[{window}]))"
        failed = f"sum(rate({requests.counter}{item.matcher(requests.failed)}[{window}]))"
        yield _record(series("requests", window), every, labels, why, evidence)
        yield _record(
            series("errors", window), f"({failed} or vector(0)) / ({every} > 0)", labels, "the share of requests that failed", evidence
        )
    for name, expr in durations(item, "5m"):
        if name != "p99" or style is not Style.LEAN:
            yield _record(series(name, "5m"), expr, labels, "how long requests take", evidence)


def durations(item: Watched, window: str) -> Iterator[tuple[str, str]]:
    """Yield the names and expressions of a component's durations: quantiles where buckets exist, else the mean."""
    requests = item.requests
    if requests is None:
        return
    if not requests.buckets:
        sums = f"sum(rate({requests.histogram}_sum{item.matcher()}[{window}]))"
        yield "mean", f"{sums} / sum(rate({requests.histogram}_count{item.matcher()}[{window}]))"
        return
    for name, quantile in (("p95", "0.95"), ("p99", "0.99")):
        yield name, f"histogram_quantile({quantile}, sum by (le) (rate({requests.histogram}_bucket{item.matcher()}[{window}])))"


def _interval(style: Style) -> dict[str, Any]:
    return {"interval": Because("15s" if style is Style.CACHED else "30s", "how often the series are computed")}


def _record(name: str, expr: str, labels: dict[str, str], why: str, evidence: Sequence[Any]) -> dict[str, Any]:
    return {"record": name, "expr": Because(Words(expr), why, tuple(evidence)), "labels": dict(labels)}


def _alert(name: str, expr: str, lasts: str, severity: str, summary: str, description: str, job: str = "") -> dict[str, Any]:
    labels = {"severity": severity, **({"job": job} if job else {})}
    return {
        "alert": name,
        "expr": Because(Words(expr), summary),
        "for": lasts,
        "labels": labels,
        "annotations": {"summary": summary, "description": description},
    }


def _request_alerts(item: Watched, style: Style) -> Iterator[dict[str, Any]]:
    requests = item.requests
    if requests is None:
        return
    chosen = f'{{job="{item.job}"}}'
    name = item.job
    if style is Style.HARDENED:
        for severity, factor, long, short, lasts in (("critical", 14.4, "1h", "5m", "2m"), ("warning", 6, "6h", "30m", "15m")):
            limit = f"{factor * OBJECTIVE:g}"
            expr = f"{series('errors', long)}{chosen} > {limit} and {series('errors', short)}{chosen} > {limit}"
            yield _alert(
                "ErrorBudgetBurns", expr, lasts, severity, f"{name} uses up its error budget {factor:g} times too fast",
                f"One request in a thousand may fail; {{{{ $value | humanizePercentage }}}} did over {long}.", name,
            )  # fmt: skip
    else:
        yield _alert(
            "ErrorsHigh", f"{series('errors', '5m')}{chosen} > 0.05", "10m", "critical", f"More than 5 % of the requests to {name} fail",
            "{{ $value | humanizePercentage }} of the requests failed over five minutes.", name,
        )  # fmt: skip
    measure = "p95" if requests.buckets else "mean"
    which = "5 % of the requests" if requests.buckets else "Requests on average"
    yield _alert(
        "RequestsSlow", f"{series(measure, '5m')}{chosen} > {SLOW if requests.buckets else SLOW / 2:g}", "10m", "warning",
        f"Requests to {name} are slow", f"{which} take longer than {{{{ $value | humanizeDuration }}}}.", name,
    )  # fmt: skip
    if style is not Style.LEAN:
        yield _alert(
            "RequestsStopped", f"{series('requests', '5m')}{chosen} == 0 and {_before(item)} > 0", "15m", "warning",
            f"No requests reach {name}", "There were requests an hour ago; the way to it may be broken.", name,
        )  # fmt: skip


def _before(item: Watched) -> str:
    return f'{series("requests", "5m")}{{job="{item.job}"}} offset 1h'


def _presence(site: Site, items: Sequence[Watched]) -> Iterator[dict[str, Any]]:
    for item in scraped(items):
        yield _alert(
            "ComponentDown", f'up{{job="{item.job}"}} == 0', "2m", "critical", f"{item.job} does not answer",
            "{{ $labels.instance }} could not be scraped for two minutes.", item.job,
        )  # fmt: skip
        if site.style is Style.HARDENED:
            yield _alert(
                "ComponentMissing", f'absent(up{{job="{item.job}"}})', "5m", "critical", f"{item.job} is not watched",
                "Prometheus knows no instance of it: it is gone, or the scrape configuration is.", item.job,
            )  # fmt: skip
    if needs_collector(site, items):
        yield _alert(
            "CollectorDown", f'up{{job="{COLLECTOR}"}} == 0', "2m", "critical", "The OpenTelemetry collector does not answer",
            "Traces, and every series made of them, are missing.", COLLECTOR,
        )  # fmt: skip


def _server_alerts(kind: str) -> Iterator[dict[str, Any]]:
    for warn in SERVERS[kind].warns:
        yield _alert(
            warn.name,
            warn.expr,
            warn.lasts,
            warn.severity,
            f"{SERVERS[kind].label}: {warn.summary}",
            "The value is {{ $value | humanize }}.",
        )
