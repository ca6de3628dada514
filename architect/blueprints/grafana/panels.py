"""The panels of a dashboard as Grafana's model has them, laid out in a grid of 24 columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from architect.profile import Evidence

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24
_NEXT = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One panel before it has a place: `queries` are (expression, legend) pairs; `limits` (colour, value) steps of a threshold."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str
    why: str
    evidence: tuple[Evidence, ...] = ()
    kind: str = "timeseries"
    width: int = 8
    height: int = 8
    limits: tuple[tuple[str, float | None], ...] = ()


@dataclass(slots=True)
class Row:
    """A row with a title and its panels; one that is folded loads nothing until it is opened."""

    title: str
    panels: list[Drawn] = field(default_factory=list)
    folded: bool = False


def laid_out(rows: Sequence[Row], *, interval: str = "") -> list[dict[str, Any]]:
    """Return the panels with ids and places, row by row."""
    found: list[dict[str, Any]] = []
    top, number = 0, 1
    for row in rows:
        header: dict[str, Any] = {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": row.folded,
            "gridPos": _place(0, top, WIDTH, 1),
        }
        number += 1
        top += 1
        inner: list[dict[str, Any]] = []
        left = height = 0
        for drawn in row.panels:
            if left + drawn.width > WIDTH:
                top, left, height = top + height, 0, 0
            inner.append(panel(drawn, number, _place(left, top, drawn.width, drawn.height), interval))
            number += 1
            left += drawn.width
            height = max(height, drawn.height)
        header["panels"] = inner if row.folded else []
        found += [header, *([] if row.folded else inner)]
        top += height
    return found


def panel(drawn: Drawn, number: int, place: dict[str, int], interval: str) -> dict[str, Any]:
    """Return one panel in Grafana's model."""
    defaults: dict[str, Any] = {"unit": drawn.unit, "min": 0}
    if drawn.limits:
        defaults["thresholds"] = {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in drawn.limits]}
    made: dict[str, Any] = {
        "id": number,
        "type": drawn.kind,
        "title": drawn.title,
        "description": drawn.why,
        "datasource": dict(SOURCE),
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(drawn.kind),
        "targets": [
            {"refId": _NEXT[position], "datasource": dict(SOURCE), "expr": expr, "legendFormat": legend, **_instant(drawn.kind)}
            for position, (expr, legend) in enumerate(drawn.queries)
        ],
    }
    if interval and drawn.kind == "timeseries":
        made["interval"] = interval
    return made


def _instant(kind: str) -> dict[str, Any]:
    return {"instant": True, "range": False, "format": "table"} if kind == "table" else {"range": True}


def _options(kind: str) -> dict[str, Any]:
    if kind == "timeseries":
        legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    if kind == "stat":
        return {"colorMode": "value", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    return {}


def _place(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}
