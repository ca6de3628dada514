"""Two panels overlap."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Panels inside folded rows have places of their own and are left alone."""
    placed = [panel for panel in context.dashboard.panels if panel.place is not None and not panel.inside][:300]
    for number, one in enumerate(placed):
        for other in placed[number + 1 :]:
            if one.place is None or other.place is None:
                continue
            x, y, w, h = one.place
            left, top, width, height = other.place
            if x < left + width and left < x + w and y < top + height and top < y + h:
                yield Remark(other.line, f"{other.title or 'a panel'} lies on {one.title or 'another panel'}")
                return


RULE = Rule(
    id="grafana_overlapping_panels",
    kind=Kind.GRAFANA,
    severity=Severity.WARNING,
    title="Panels on top of each other",
    why="Grafana moves one of them somewhere else, and the layout is not the one that was drawn.",
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
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  },\n  {\n   "id": 2,\n'
    '   "type": "timeseries",\n   "title": "Errors",\n   "datasource": {\n    "type": "prometheus",\n'
    '    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 6,\n    "y": 0,\n    "w": 12,\n    "h": 8\n'
    '   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n   },\n   "targets": [\n'
    '    {\n     "refId": "A",\n     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n'
    " ]\n}\n",
    check=check,
)
