"""A panel reads a recorded series that no rule of the answer records."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.grafana.queries import filled
from artifacts.prometheus import read_prometheus
from artifacts.promql import metrics_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_RULES = "groups:\n  - name: web\n    rules:\n      - record: job:errors:rate5m\n        expr: sum(rate(errors_total[5m]))\n"


def check(context: Context) -> Iterator[Remark]:
    """Only where the answer has rules beside the dashboard: others may be recorded elsewhere."""
    files = [read_prometheus(item.content) for item in context.artifacts if item.kind is Kind.PROMETHEUS]
    known = {rule.record for file in files for rule in file.rules() if rule.record}
    if not known:
        return
    for panel in context.dashboard.panels:
        for query in panel.queries:
            missing = [name for name in metrics_of(filled(query.expr)) if ":" in name and name not in known]
            if missing:
                yield Remark(query.line, f"{panel.title or 'a panel'} reads {missing[0]}, which no rule records")


RULE = Rule(
    id="grafana_unknown_recording",
    kind=Kind.GRAFANA,
    severity=Severity.ERROR,
    title="A series nobody records",
    why="The panel stays empty: a name with colons is a recorded series, and no rule of the answer records it.",
    good='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n     "expr": "job:errors:rate5m"\n    }\n   ]\n  }\n'
    " ]\n}\n",
    bad='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n     "expr": "job:error:rate5m"\n    }\n   ]\n  }\n'
    " ]\n}\n",
    check=check,
    beside=(
        (
            "prometheus/rules.yaml",
            _RULES,
        ),
    ),
)
