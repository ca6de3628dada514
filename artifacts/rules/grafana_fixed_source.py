"""A panel names a data source instead of a variable."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark a source; the default, mixed and Grafana's own sources are no names."""
    told: set[str] = set()
    for panel in context.dashboard.panels:
        source = panel.source
        if (
            panel.kind == "row"
            or not source
            or "$" in source
            or source in told
            or source.startswith("-- ")
            or source in ("grafana", "default")
        ):
            continue
        told.add(source)
        yield Remark(panel.line, f"{panel.title or 'a panel'} asks the data source {source[:60]}; use a variable of the type datasource")


RULE = Rule(
    id="grafana_fixed_source",
    kind=Kind.GRAFANA,
    severity=Severity.WARNING,
    title="A fixed data source",
    why="The dashboard works on one Grafana only: elsewhere the source has another id.",
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
    '    "type": "prometheus",\n    "uid": "P1809F7CD0C75ACF3"\n   },\n   "gridPos": {\n    "x": 0,\n'
    '    "y": 0,\n    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n'
    '     "unit": "reqps"\n    }\n   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total[$__rate_interval]))"\n    }\n   ]\n  }\n ]\n}\n',
    check=check,
)
