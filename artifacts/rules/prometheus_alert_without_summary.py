"""An alert says nothing to who receives it."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Any of the usual annotations is enough."""
    for rule in context.prometheus.rules():
        if rule.alert and not {"summary", "description", "message", "title"} & set(rule.annotations):
            yield Remark(rule.line, f"{rule.alert} has no `summary` annotation")


RULE = Rule(
    id="prometheus_alert_without_summary",
    kind=Kind.PROMETHEUS,
    severity=Severity.HINT,
    title="An alert without words",
    why="Who is called at night reads the annotations first; without them only a name is left.",
    good="groups:\n  - name: web\n    rules:\n      - alert: Down\n        expr: up == 0\n        for: 2m\n"
    "        labels: {severity: critical}\n        annotations: {summary: It is down}\n",
    bad="groups:\n  - name: web\n    rules:\n      - alert: Down\n        expr: up == 0\n        for: 2m\n"
    "        labels: {severity: critical}\n",
    check=check,
)
