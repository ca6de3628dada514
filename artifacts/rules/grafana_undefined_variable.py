"""A query uses a variable that the dashboard does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.grafana.queries import variables_in
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Names that begin with two underscores are Grafana's own; inputs of a shared dashboard are filled in when it is imported."""
    board = context.dashboard
    known = {*board.variables, *board.inputs, "timeFilter", "timeTo", "interval"}
    # some names have spaces, and only their first word can be told from the text around it
    known |= {name.split()[0] for name in board.variables if " " in name.strip()}
    for panel in board.panels:
        for query in panel.queries:
            missing = [name for name in variables_in(query.expr) if name not in known and not name.startswith("__") and not name.isdigit()]
            if missing:
                yield Remark(query.line, f"{panel.title or 'a panel'} uses ${missing[0]}, which the dashboard does not define")


RULE = Rule(
    id="grafana_undefined_variable",
    kind=Kind.GRAFANA,
    severity=Severity.ERROR,
    title="A variable nobody defines",
    why="The panel stays empty: a name that the dashboard does not define is sent to the source as it stands.",
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
    '   },\n   "targets": [\n    {\n     "refId": "A",\n'
    '     "expr": "sum(rate(requests_total{job=\\"$job\\"}[$__rate_interval]))"\n    }\n   ]\n  }\n ]\n}\n',
    check=check,
)
