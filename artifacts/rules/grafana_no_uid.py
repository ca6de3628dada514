"""A dashboard has no uid."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A uid that is empty is given anew by each Grafana."""
    if not context.dashboard.root.get("uid"):
        yield Remark(1, "the dashboard has no `uid`")


RULE = Rule(
    id="grafana_no_uid",
    kind=Kind.GRAFANA,
    severity=Severity.HINT,
    title="A dashboard without an id of its own",
    why="Each import makes another dashboard, and links to it break.",
    good='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n ]\n}\n',
    bad='{\n "title": "Shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n ]\n}\n',
    check=check,
)
