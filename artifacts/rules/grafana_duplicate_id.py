"""Two panels have one id."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The second and later ones are reported."""
    seen: dict[int, str] = {}
    for panel in context.dashboard.panels:
        if panel.id is None:
            continue
        if panel.id in seen:
            yield Remark(
                panel.line, f"{panel.title or 'a panel'} has the id {panel.id}, which is that of {seen[panel.id] or 'another panel'}"
            )
        seen.setdefault(panel.id, panel.title)


RULE = Rule(
    id="grafana_duplicate_id",
    kind=Kind.GRAFANA,
    severity=Severity.WARNING,
    title="Two panels of one id",
    why="Grafana shows one of them twice or not at all, and links to the panel lead to the other.",
    good='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  },\n  {\n   "id": 2,\n'
    '   "type": "timeseries",\n   "title": "Errors",\n   "datasource": {\n    "type": "prometheus",\n'
    '    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 12,\n    "y": 0,\n    "w": 12,\n    "h": 8\n'
    '   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n   },\n   "targets": [\n'
    '    {\n     "refId": "A",\n     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n'
    " ]\n}\n",
    bad='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  },\n  {\n   "id": 1,\n'
    '   "type": "timeseries",\n   "title": "Errors",\n   "datasource": {\n    "type": "prometheus",\n'
    '    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 12,\n    "y": 0,\n    "w": 12,\n    "h": 8\n'
    '   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n   },\n   "targets": [\n'
    '    {\n     "refId": "A",\n     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n'
    " ]\n}\n",
    check=check,
)
