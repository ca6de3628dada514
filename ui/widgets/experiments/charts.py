"""Three charts of an experiment: accuracy against cost, reliability against size, the strategies over the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from engine.experiments.records import Row
from ui.text import plain

HEIGHT = 340
_PERCENT = {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]}
_WHOLE = {"domain": [0, 1]}
_LEGEND = {"orient": "bottom", "columns": 2, "title": None, "labelLimit": 150}


def draw(rows: Sequence[Row]) -> None:
    """Draw those for which there is something to draw, beside one another."""
    made = [chart for chart in (_against_cost(rows), _by_size(rows), _by_strategy(rows)) if chart is not None]
    for place, (column, (title, said, data, spec)) in enumerate(zip(st.columns(max(1, len(made)), gap="medium"), made, strict=False)):
        with column:
            st.markdown(f"**{title}**")
            st.vega_lite_chart(data, spec, height=HEIGHT, key=f"experiment_chart_{place}")
            st.caption(said)


Chart = tuple[str, str, list[dict[str, Any]], dict[str, Any]]


def _against_cost(rows: Sequence[Row]) -> Chart | None:
    asked = [row for row in rows if row.accuracy.value is not None]
    priced = [row for row in asked if row.cost_usd is not None]
    free = all(row.cost_usd == 0 for row in priced)
    shown = [row for row in asked if row.p50_ms is not None] if free else priced
    if not shown:
        return None
    data = [
        {
            "configuration": plain(row.configuration, 60),
            "x": (row.p50_ms or 0) / 1000 if free else (row.cost_usd or 0) / max(1, row.accuracy.of),
            "accuracy": row.accuracy.value,
            "low": row.accuracy.low,
            "high": row.accuracy.high,
        }
        for row in shown
    ]
    x = {"field": "x", "type": "quantitative", "title": "seconds (p50)" if free else "dollars a question", "scale": {"zero": True}}
    colour = {"field": "configuration", "type": "nominal", "legend": _LEGEND}
    spec = {
        "encoding": {"x": x, "color": colour},
        "layer": [
            {
                "mark": {"type": "rule", "opacity": 0.45},
                "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90},
                "encoding": {
                    "y": {"field": "accuracy", "type": "quantitative", "title": "accuracy", "axis": _PERCENT, "scale": _WHOLE},
                    "tooltip": [{"field": "configuration"}, {"field": "accuracy", "format": ".0%"}, {"field": "x", "format": ".4f"}],
                },
            },
        ],
    }
    title = "Accuracy against time" if free else "Accuracy against cost"
    left_out = f" {len(asked) - len(shown)} of unknown price are left out." if len(shown) < len(asked) else ""
    said = (
        "All of these are free, so time stands in for cost." if free and priced else "No price is known, so time is shown." if free else ""
    )
    return title, f"{said}{left_out} Lines are 95 % intervals.".strip(), data, spec


def _by_size(rows: Sequence[Row]) -> Chart | None:
    data = [
        {"configuration": plain(row.configuration, 60), "size": point.size, "value": point.value} for row in rows for point in row.curve
    ]
    if not data:
        return None
    spec = {
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "size", "type": "ordinal", "title": "members", "axis": {"labelAngle": 0}},
            "y": {"field": "value", "type": "quantitative", "title": "right on average", "axis": _PERCENT, "scale": _WHOLE},
            "color": {"field": "configuration", "type": "nominal", "legend": _LEGEND},
            "tooltip": [{"field": "configuration"}, {"field": "size"}, {"field": "value", "format": ".0%"}],
        },
    }
    return "Reliability against size", "From the recorded answers: every choice of so many members, combined anew.", data, spec


def _by_strategy(rows: Sequence[Row]) -> Chart | None:
    data = [
        {
            "configuration": plain(row.configuration, 60),
            "strategy": entry.strategy.replace("_", " "),
            "accuracy": entry.share.value,
            "none": entry.none,
        }
        for row in rows
        for entry in row.ablation
        if entry.share.value is not None
    ]
    if not data:
        return None
    spec = {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": {"field": "strategy", "type": "nominal", "title": None, "sort": None},
            "yOffset": {"field": "configuration"},
            "x": {"field": "accuracy", "type": "quantitative", "title": "accuracy", "axis": _PERCENT, "scale": _WHOLE},
            "color": {"field": "configuration", "type": "nominal", "legend": _LEGEND},
            "tooltip": [{"field": "configuration"}, {"field": "strategy"}, {"field": "accuracy", "format": ".0%"}, {"field": "none"}],
        },
    }
    return "The same answers by each strategy", "Nobody was asked again. Synthesis would ask, so it is left out.", data, spec
