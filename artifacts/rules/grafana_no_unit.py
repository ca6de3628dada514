"""A panel shows values without a unit."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark a dashboard that names the panels; only kinds that show values."""
    bare = [
        panel
        for panel in context.dashboard.panels
        if panel.queries and not panel.unit and panel.kind in ("timeseries", "stat", "gauge", "bargauge")
    ]
    if bare:
        yield Remark(bare[0].line, f"no unit: {', '.join(panel.title or 'a panel' for panel in bare[:4])}")


RULE = Rule(
    id="grafana_no_unit",
    kind=Kind.GRAFANA,
    severity=Severity.HINT,
    title="A number without a unit",
    why="0.42 may be seconds, a share or a count: the unit tells, and scales the axis.",
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
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {}\n   },\n   "targets": [\n    {\n'
    '     "refId": "A",\n     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n ]\n}\n',
    check=check,
)
