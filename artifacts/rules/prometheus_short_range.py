"""A range holds too few scrapes for a rate."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.prometheus import read_prometheus
from artifacts.promql import ranges, seconds
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Against the scrape interval of the answer; without one against the usual minute."""
    files = [read_prometheus(item.content) for item in (context.artifact, *context.artifacts) if item.kind is Kind.PROMETHEUS]
    known = next((file.interval for file in files if file.interval), "")
    interval = seconds(known) if known else 30.0
    for rule in context.prometheus.rules():
        if "rate(" not in rule.expr and "increase(" not in rule.expr:
            continue
        for text in ranges(rule.expr):
            length = seconds(text)
            if length is not None and interval and length < 2 * interval:
                yield Remark(rule.expr_line, f"{rule.name} takes a rate over {text}, not two scrapes of {interval:g} s")
                break


RULE = Rule(
    id="prometheus_short_range",
    kind=Kind.PROMETHEUS,
    severity=Severity.WARNING,
    title="A range too short for a rate",
    why="A rate needs two samples in its range; one missed scrape leaves a gap, and the alert forgets what it waited for.",
    good='groups:\n  - name: web\n    rules:\n      - record: "job:errors:rate5m"\n        expr: sum(rate(errors_total[5m]))\n',
    bad='groups:\n  - name: web\n    rules:\n      - record: "job:errors:rate30s"\n        expr: sum(rate(errors_total[30s]))\n',
    check=check,
)
