"""A schema of ours for Grafana's dashboard model: what a dashboard must hold, and the types of what it may."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import Any

from artifacts.grafana import Dashboard, read_dashboard
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.schemas import compiled
from artifacts.validator import NotChecked

MOST = 50
_LINK = "https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"
_SOURCE = {
    "anyOf": [
        {"type": ["string", "null"]},
        {"type": "object", "properties": {"uid": {"type": ["string", "null"]}, "type": {"type": "string"}}},
    ]
}
_PANEL = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "id": {"type": ["integer", "null"]},
        "type": {"type": "string", "minLength": 1},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "datasource": _SOURCE,
        "gridPos": {
            "type": "object",
            "properties": {
                "x": {"type": "integer", "minimum": 0, "maximum": 23},
                "y": {"type": "integer", "minimum": 0},
                "w": {"type": "integer", "minimum": 1, "maximum": 24},
                "h": {"type": "integer", "minimum": 1},
            },
        },
        "targets": {
            "type": ["array", "null"],
            "items": {"type": "object", "properties": {"expr": {"type": "string"}, "refId": {"type": "string"}}},
        },
        "fieldConfig": {
            "type": "object",
            "properties": {"defaults": {"type": "object"}, "overrides": {"type": ["array", "null"], "items": {"type": "object"}}},
        },
        "options": {"type": "object"},
        "panels": {"type": ["array", "null"], "items": {"$ref": "#/$defs/panel"}},
    },
}
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"panel": _PANEL},
    "type": "object",
    "required": ["title", "schemaVersion"],
    "anyOf": [{"required": ["panels"]}, {"required": ["rows"]}],
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "uid": {"type": ["string", "null"], "maxLength": 40},
        "schemaVersion": {"type": "integer", "minimum": 1},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "time": {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}}},
        "refresh": {"type": ["string", "boolean"]},
        "timezone": {"type": "string"},
        "templating": {
            "type": "object",
            "properties": {
                "list": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "type"],
                        "properties": {"name": {"type": "string", "minLength": 1}, "type": {"type": "string"}},
                    },
                }
            },
        },
        "annotations": {"type": "object", "properties": {"list": {"type": "array"}}},
        "links": {"type": ["array", "null"]},
        "panels": {"type": "array", "items": {"$ref": "#/$defs/panel"}},
    },
}


class GrafanaSchema:
    """Validates the structure of a dashboard."""

    id = "grafana_schema"
    label = "Grafana dashboard schema"
    kinds = frozenset({Kind.GRAFANA})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what the schema refuses, at the line of the panel it concerns."""
        return await asyncio.to_thread(self._check, artifact)

    def _check(self, artifact: Artifact) -> tuple[Finding, ...]:
        dashboard = read_dashboard(artifact.content)
        if dashboard.faults:
            raise NotChecked("the file does not parse")
        found: dict[tuple[int, str], Finding] = {}
        try:
            for number, error in enumerate(_schema().iter_errors(json.loads(json.dumps(dict(dashboard.root))))):
                if number >= MOST:
                    break
                path = list(error.instance_path)
                line = _line(dashboard, path)
                message = f"{'.'.join(map(str, path)) or 'the dashboard'}: {str(error.message)[:300]}"
                found.setdefault((line, message), Finding(self.id, Severity.ERROR, message, artifact.path, line, _LINK, self.id))
        except ValueError as error:
            raise NotChecked(f"a value cannot be checked ({str(error)[:80]})") from None
        return tuple(found.values())


def _line(dashboard: Dashboard, path: list[Any]) -> int:
    """Return the line of the deepest panel on a path."""
    line = 1
    for panel in dashboard.panels:
        own = [step for step in panel.path if step != "dashboard"]
        if own == path[: len(own)]:
            line = panel.line
    return line


@lru_cache(maxsize=1)
def _schema() -> Any:
    return compiled(_SCHEMA)
