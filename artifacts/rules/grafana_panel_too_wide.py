"""A panel reaches beyond the 24 columns of the grid."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Left edge and width together."""
    for panel in context.dashboard.panels:
        if panel.place is not None and panel.place[0] + panel.place[2] > 24:
            yield Remark(panel.line, f"{panel.title or 'a panel'} ends in column {panel.place[0] + panel.place[2]} of 24")


RULE = Rule(
    id="grafana_panel_too_wide",
    kind=Kind.GRAFANA,
    severity=Severity.WARNING,
    title="A panel beyond the grid",
    why="The grid has 24 columns: what lies beyond is cut off or moved.",
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
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 16,\n'
    '    "y": 0,\n    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n'
    '     "unit": "reqps"\n    }\n   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n ]\n}\n',
    check=check,
)
