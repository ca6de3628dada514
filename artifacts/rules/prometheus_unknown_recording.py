"""A rule reads a recorded series that no rule records."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.prometheus import read_prometheus
from artifacts.promql import metrics_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """All files of rules of the same answer count; without any recording nothing is known of those made elsewhere."""
    files = [read_prometheus(item.content) for item in (context.artifact, *context.artifacts) if item.kind is Kind.PROMETHEUS]
    known = {rule.record for file in files for rule in file.rules() if rule.record}
    if not known:
        return
    for rule in context.prometheus.rules():
        for name in metrics_of(rule.expr):
            if ":" in name and name not in known and rule.alert:
                yield Remark(rule.expr_line, f"{rule.name} reads {name}, which no rule records")


RULE = Rule(
    id="prometheus_unknown_recording",
    kind=Kind.PROMETHEUS,
    severity=Severity.ERROR,
    title="A series nobody records",
    why="The alert can never fire: a name with colons is a recorded series, and no rule of the answer records it.",
    good='groups:\n  - name: web\n    rules:\n      - record: "job:errors:rate5m"\n'
    '        expr: sum(rate(errors_total[5m]))\n      - alert: Errors\n        expr: "job:errors:rate5m > 1"\n'
    "        for: 5m\n        labels: {severity: warning}\n        annotations: {summary: Errors}\n",
    bad='groups:\n  - name: web\n    rules:\n      - record: "job:errors:rate5m"\n'
    '        expr: sum(rate(errors_total[5m]))\n      - alert: Errors\n        expr: "job:error:rate5m > 1"\n'
    "        for: 5m\n        labels: {severity: warning}\n        annotations: {summary: Errors}\n",
    check=check,
)
