"""An alert has no severity."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A label that says the same under another usual name is enough; labels of the group count."""
    for group in context.prometheus.groups:
        for rule in group.rules:
            if rule.alert and not {"severity", "priority", "level", "urgency"} & set(rule.labels):
                yield Remark(rule.line, f"{rule.alert} has no `severity` label")


RULE = Rule(
    id="prometheus_alert_without_severity",
    kind=Kind.PROMETHEUS,
    severity=Severity.WARNING,
    title="An alert without a severity",
    why="Nobody can tell what may wait until morning, and the route of the alert cannot either.",
    good="groups:\n  - name: web\n    rules:\n      - alert: Down\n        expr: up == 0\n        for: 2m\n"
    "        labels: {severity: critical}\n        annotations: {summary: It is down}\n",
    bad="groups:\n  - name: web\n    rules:\n      - alert: Down\n        expr: up == 0\n        for: 2m\n"
    "        annotations: {summary: It is down}\n",
    check=check,
)
