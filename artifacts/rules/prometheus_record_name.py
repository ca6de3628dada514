"""A recorded series is not named level:metric:operation."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One colon at least keeps it apart from what is scraped."""
    for rule in context.prometheus.rules():
        if rule.record and ":" not in rule.record:
            yield Remark(rule.line, f"{rule.record} is recorded under the name of a scraped metric; write level:{rule.record}:operation")


RULE = Rule(
    id="prometheus_record_name",
    kind=Kind.PROMETHEUS,
    severity=Severity.HINT,
    title="A recorded series with a plain name",
    why="A name of the form level:metric:operation tells at a glance that the series is computed, and how.",
    good='groups:\n  - name: web\n    rules:\n      - record: "job:errors:rate5m"\n        expr: sum(rate(errors_total[5m]))\n',
    bad="groups:\n  - name: web\n    rules:\n      - record: errors_rate\n        expr: sum(rate(errors_total[5m]))\n",
    check=check,
)
