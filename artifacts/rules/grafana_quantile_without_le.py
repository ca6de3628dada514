"""A quantile is computed over an aggregation that drops `le`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_DROPPED = re.compile(
    r"histogram_quantile\s*\(\s*[\d.]+\s*,\s*(?:sum|avg|max|min)\s*(?:by\s*\(([^()]*)\)\s*)?\(\s*(?:rate|irate|increase)\s*\(\s*[\w:]+_bucket[^()]*\)\s*\)\s*(by|without)?"
)


def check(context: Context) -> Iterator[Remark]:
    """The labels may stand before or behind the aggregation."""
    for panel in context.dashboard.panels:
        for query in panel.queries:
            for match in _DROPPED.finditer(query.expr[:4000]):
                kept = "le" in {label.strip() for label in (match[1] or "").split(",")}
                if not kept and match[2] is None:
                    yield Remark(query.line, f"{panel.title or 'a panel'} computes a quantile of an aggregation without `le`")


RULE = Rule(
    id="grafana_quantile_without_le",
    kind=Kind.GRAFANA,
    severity=Severity.ERROR,
    title="A quantile without its buckets",
    why="The buckets are told apart by `le`: an aggregation that drops the label leaves nothing to compute a quantile from.",
    good='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "histogram_quantile(0.95, sum by (le) (rate(latency_bucket[$__rate_interval])))"\n    }\n'
    "   ]\n  }\n ]\n}\n",
    bad='{\n "title": "Shop",\n "uid": "shop",\n "schemaVersion": 41,\n "templating": {\n  "list": [\n   {\n'
    '    "name": "datasource",\n    "type": "datasource",\n    "query": "prometheus"\n   }\n  ]\n },\n'
    ' "panels": [\n  {\n   "id": 1,\n   "type": "timeseries",\n   "title": "Rate",\n   "datasource": {\n'
    '    "type": "prometheus",\n    "uid": "${datasource}"\n   },\n   "gridPos": {\n    "x": 0,\n    "y": 0,\n'
    '    "w": 12,\n    "h": 8\n   },\n   "fieldConfig": {\n    "defaults": {\n     "unit": "reqps"\n    }\n'
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "histogram_quantile(0.95, sum(rate(latency_bucket[$__rate_interval])))"\n    }\n   ]\n  }\n'
    " ]\n}\n",
    check=check,
)
