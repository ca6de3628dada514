"""A schema of ours for scrape configurations and rules: required keys, types, durations, names."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from artifacts.prometheus import read_prometheus
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.schemas import compiled, refusals
from artifacts.validator import NotChecked

_LINK = "https://prometheus.io/docs/prometheus/latest/configuration/configuration/"
_DURATION = {"type": ["string", "integer"], "pattern": r"^((\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?|0)$"}
_NAME = r"^[a-zA-Z_][a-zA-Z0-9_]*$"
_TEXTS = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
_RULE = {
    "type": "object",
    "required": ["expr"],
    "additionalProperties": False,
    "properties": {
        "alert": {"type": "string", "minLength": 1},
        "record": {"type": "string", "pattern": r"^[a-zA-Z_:][a-zA-Z0-9_:.]*$"},
        "expr": {"type": ["string", "number"]},
        "for": _DURATION,
        "keep_firing_for": _DURATION,
        "labels": {**_TEXTS, "propertyNames": {"pattern": _NAME}},
        "annotations": {**_TEXTS, "propertyNames": {"pattern": _NAME}},
    },
    "oneOf": [{"required": ["alert"]}, {"required": ["record"]}],
}
_GROUP = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "interval": _DURATION,
        "query_offset": _DURATION,
        "limit": {"type": "integer"},
        "labels": _TEXTS,
        "rules": {"type": ["array", "null"], "items": _RULE},
        "partial_response_strategy": {"type": "string"},
        "source_tenants": {"type": "array"},
        "evaluation_delay": _DURATION,
        "align_evaluation_time_on_interval": {"type": "boolean"},
    },
}
_JOB = {
    "type": "object",
    "required": ["job_name"],
    "properties": {
        "job_name": {"type": "string", "minLength": 1},
        "scrape_interval": _DURATION,
        "scrape_timeout": _DURATION,
        "metrics_path": {"type": "string"},
        "scheme": {"enum": ["http", "https", "HTTP", "HTTPS"]},
        "honor_labels": {"type": "boolean"},
        "honor_timestamps": {"type": "boolean"},
        "params": {"type": "object", "additionalProperties": {"type": "array"}},
        "static_configs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"targets": {"type": ["array", "null"], "items": {"type": "string"}}, "labels": _TEXTS},
            },
        },
        "relabel_configs": {"type": ["array", "null"], "items": {"type": "object"}},
        "metric_relabel_configs": {"type": ["array", "null"], "items": {"type": "object"}},
    },
}
_SCHEMA = {
    "type": "object",
    "properties": {
        "global": {
            "type": ["object", "null"],
            "properties": {key: _DURATION for key in ("scrape_interval", "scrape_timeout", "evaluation_interval")},
        },
        "rule_files": {"type": ["array", "null"], "items": {"type": "string"}},
        "scrape_configs": {"type": ["array", "null"], "items": _JOB},
        "groups": {"type": ["array", "null"], "items": _GROUP},
    },
}


class PrometheusSchema:
    """Validates the structure of both kinds of files."""

    id = "prometheus_schema"
    label = "Prometheus schema"
    kinds = frozenset({Kind.PROMETHEUS})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what the schema refuses, each with its line."""
        return await asyncio.to_thread(self._check, artifact)

    def _check(self, artifact: Artifact) -> tuple[Finding, ...]:
        file = read_prometheus(artifact.content)
        if file.faults or file.root is None:
            raise NotChecked("the file does not parse")
        found = refusals(_schema(), file.root, what="Prometheus")
        return tuple(Finding(self.id, Severity.ERROR, message, artifact.path, line, _LINK, self.id) for line, message in found)


@lru_cache(maxsize=1)
def _schema() -> Any:
    return compiled(_SCHEMA)
