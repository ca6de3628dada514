"""The decisions of a dashboard: its source and variables, and for each panel what it asks and how it shows it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from artifacts.errors import DecisionNotTakeable
from artifacts.grafana.model import Dashboard
from artifacts.grafana.queries import filled
from artifacts.promql import metrics_of, one_line
from artifacts.records import Artifact, Decision
from artifacts.rows import Row, Slot, moves
from artifacts.yamledit import MISSING

NONE = "none"
_UNSEEN = frozenset({"id", "version", "iteration", "gridPos", "__inputs", "__requires", "__elements", "pluginVersion", "gnetId"})


def dashboard_rows(dashboard: Dashboard) -> tuple[Row, ...]:
    """Return every decision with the places that make it."""
    return tuple(_rows(dashboard)) if dashboard.root else ()


def _rows(dashboard: Dashboard) -> Iterator[Row]:
    root = dashboard.root
    for name in ("title", "refresh", "schemaVersion"):
        if name in root:
            yield Row(name.lower() if name != "schemaVersion" else "schema_version", str(root[name]), slots=(Slot((name,), root[name]),))
    time = root.get("time")
    if isinstance(time, dict):
        yield Row("time", f"{time.get('from')} to {time.get('to')}", slots=(Slot(("time",), time),))
    slots = (Slot(("templating",), root["templating"]),) if "templating" in root else ()
    yield Row("variables", ", ".join(sorted(dashboard.variables)) or NONE, slots=slots)
    shown = [panel for panel in dashboard.panels if panel.kind != "row"]
    sources = {"a variable" if "$" in panel.source else panel.source or "the default" for panel in shown}
    yield Row("datasource", ", ".join(sorted(sources)) or NONE, None, True)
    yield Row("panels", ", ".join(sorted({panel.title or f"panel {panel.id}" for panel in shown})) or NONE)
    read = {name for panel in shown for query in panel.queries for name in metrics_of(filled(query.expr))}
    yield Row("metrics", ", ".join(sorted(read)) or NONE, None, True)
    for panel in shown:
        name = panel.title or f"panel {panel.id}"
        if panel.queries:
            texts = "; ".join(one_line(query.expr) for query in panel.queries)
            place = Slot((*panel.path, "targets"), panel.node.get("targets"))
            yield Row(f"{name}.query", texts, panel.queries[0].line, slots=(place,))
        yield Row(f"{name}.type", panel.kind or NONE, panel.line, slots=(Slot((*panel.path, "type"), panel.kind),))
        if panel.unit:
            yield Row(f"{name}.unit", panel.unit, panel.line, slots=(Slot((*panel.path, "fieldConfig", "defaults", "unit"), panel.unit),))


def take_from_dashboard(artifact: Artifact, ours: Sequence[Row], theirs: Sequence[Row], decision: Decision, donor: Artifact) -> str:
    """Return the artifact's text with the donor's values of one decision. Raises DecisionNotTakeable."""
    root = copy.deepcopy(json.loads(artifact.content))
    for slot in moves(ours, theirs, decision, donor):
        _set(root, slot)
    return json.dumps(root, indent=2, ensure_ascii=False) + "\n"


def _set(root: Any, slot: Slot) -> None:
    holder = root
    for step in slot.path[:-1]:
        if isinstance(step, str) and isinstance(holder, dict):
            holder = holder.setdefault(step, {})
        elif isinstance(step, int) and isinstance(holder, list) and step < len(holder):
            holder = holder[step]
        else:
            raise DecisionNotTakeable(f"There is no {'.'.join(map(str, slot.path[:-1]))} to put a value into; take the whole file instead.")
    last = slot.path[-1]
    if not isinstance(last, str) or not isinstance(holder, dict):
        raise DecisionNotTakeable(f"{'.'.join(map(str, slot.path))} cannot be set alone; take the whole file instead.")
    if slot.value is MISSING:
        holder.pop(last, None)
    else:
        holder[last] = copy.deepcopy(slot.value)


def canonical_dashboard(dashboard: Dashboard) -> str:
    """Return the dashboard as JSON in which ids, versions and the places of panels do not show."""
    return json.dumps(_normal(dashboard.root), sort_keys=True, ensure_ascii=False, default=str)


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: one_line(item) if key == "expr" and isinstance(item, str) else _normal(item)
            for key, item in value.items()
            if key not in _UNSEEN and item not in (None, [], {}, "")
        }
    return [_normal(item) for item in value] if isinstance(value, list) else value
