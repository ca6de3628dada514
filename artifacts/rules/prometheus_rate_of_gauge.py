"""A rate is taken of a metric that is no counter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_RATE = re.compile(r"\b(?:rate|irate|increase)\s*\(\s*([A-Za-z_][\w]*)\s*(?:\{[^}]*\})?\s*\[")
_GAUGE = re.compile(
    r"_(?:bytes|ratio|celsius|info|in_use|current|connections|threads|goroutines|usage|utilization|size|limit|free|available|percent|length|depth|lag)$"
)


def check(context: Context) -> Iterator[Remark]:
    """Only names that end as gauges do; others are believed."""
    for rule in context.prometheus.rules():
        for match in _RATE.finditer(rule.expr[:4000]):
            if _GAUGE.search(match[1]):
                yield Remark(
                    rule.expr_line, f"{rule.name} takes the rate of {match[1]}, which is a gauge by its name; use deriv() or delta()"
                )


RULE = Rule(
    id="prometheus_rate_of_gauge",
    kind=Kind.PROMETHEUS,
    severity=Severity.WARNING,
    title="The rate of a gauge",
    why="A rate is defined for counters only: of a value that goes down again it is nonsense, and no error tells so.",
    good='groups:\n  - name: web\n    rules:\n      - record: "job:sent:rate5m"\n        expr: rate(sent_bytes_total[5m])\n',
    bad='groups:\n  - name: web\n    rules:\n      - record: "job:memory:rate5m"\n        expr: rate(process_resident_memory_bytes[5m])\n',
    check=check,
)
