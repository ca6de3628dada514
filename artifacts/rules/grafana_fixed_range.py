"""A rate has a fixed range."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_FIXED = re.compile(r"\b(?:rate|irate|increase)\s*\([^\[\]]*\[\s*\d+[smh]\s*\]")


def check(context: Context) -> Iterator[Remark]:
    """One remark a dashboard."""
    for panel in context.dashboard.panels:
        for query in panel.queries:
            if _FIXED.search(query.expr[:4000]):
                yield Remark(query.line, f"{panel.title or 'a panel'} takes a rate over a fixed range; use $__rate_interval")
                return


RULE = Rule(
    id="grafana_fixed_range",
    kind=Kind.GRAFANA,
    severity=Severity.HINT,
    title="A rate over a fixed range",
    why="Zoomed out, a short range skips samples between two points; `$__rate_interval` grows with the step and never is too short.",
    good='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n ]\n}\n',
    bad='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n     "expr": "sum(rate(requests_total[5m]))"\n    }\n'
    "   ]\n  }\n ]\n}\n",
    check=check,
)
