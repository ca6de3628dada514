"""An alert fires at once."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """An alert that watches a long range by itself needs no further wait."""
    for rule in context.prometheus.rules():
        if rule.alert and not rule.lasts and "_over_time(" not in rule.expr and "absent" not in rule.expr and "[1h]" not in rule.expr:
            yield Remark(rule.line, f"{rule.alert} fires at the first evaluation; add `for`")


RULE = Rule(
    id="prometheus_alert_without_for",
    kind=Kind.PROMETHEUS,
    severity=Severity.WARNING,
    title="An alert at the first sign",
    why="One missed scrape wakes someone: a condition should hold for some time first.",
    good="groups:\n  - name: web\n    rules:\n      - alert: Down\n        expr: up == 0\n        for: 2m\n"
    "        labels: {severity: critical}\n        annotations: {summary: It is down}\n",
    bad="groups:\n  - name: web\n    rules:\n      - alert: Down\n        expr: up == 0\n"
    "        labels: {severity: critical}\n        annotations: {summary: It is down}\n",
    check=check,
)
