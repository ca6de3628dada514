"""A schema of ours for the collector's configuration: its sections, its pipelines, and the parts whose settings everyone has."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from artifacts.otel import read_collector
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.schemas import compiled, refusals
from artifacts.validator import NotChecked

_LINK = "https://opentelemetry.io/docs/collector/configuration/"
_ID = r"^[A-Za-z][0-9A-Za-z_]*(/.+)?$"
_PARTS = {"type": ["object", "null"], "propertyNames": {"pattern": _ID}, "additionalProperties": {"type": ["object", "null"]}}
_NAMES = {"type": ["array", "null"], "items": {"type": "string"}}
_PIPELINE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["receivers", "exporters"],
    "properties": {
        "receivers": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "processors": _NAMES,
        "exporters": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
}
_SERVER = {"type": ["object", "null"], "properties": {"endpoint": {"type": "string"}}}
_OTLP = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "protocols": {"type": ["object", "null"], "additionalProperties": False, "properties": {"grpc": _SERVER, "http": _SERVER}}
    },
}
_TEXT_OR_NUMBER = {"type": ["string", "integer"]}
_LIMITER = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "check_interval": {"type": "string"},
        "limit_mib": _TEXT_OR_NUMBER,
        "spike_limit_mib": _TEXT_OR_NUMBER,
        "limit_percentage": _TEXT_OR_NUMBER,
        "spike_limit_percentage": _TEXT_OR_NUMBER,
        "min_gc_interval_when_soft_limited": {"type": "string"},
        "min_gc_interval_when_hard_limited": {"type": "string"},
    },
}
_BATCH = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "timeout": {"type": "string"},
        "send_batch_size": _TEXT_OR_NUMBER,
        "send_batch_max_size": _TEXT_OR_NUMBER,
        "metadata_keys": _NAMES,
        "metadata_cardinality_limit": _TEXT_OR_NUMBER,
    },
}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["service"],
    # anchors are kept under names that the collector would refuse, so there is no room for them
    "properties": {
        "receivers": {**_PARTS, "patternProperties": {r"^otlp(/|$)": _OTLP}},
        "processors": {**_PARTS, "patternProperties": {r"^memory_limiter(/|$)": _LIMITER, r"^batch(/|$)": _BATCH}},
        "exporters": _PARTS,
        "connectors": _PARTS,
        "extensions": _PARTS,
        "service": {
            "type": "object",
            "additionalProperties": False,
            "required": ["pipelines"],
            "properties": {
                "extensions": _NAMES,
                "telemetry": {"type": ["object", "null"]},
                "pipelines": {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": r"^(traces|metrics|logs|profiles)(/.+)?$"},
                    "additionalProperties": _PIPELINE,
                },
            },
        },
    },
}


class OtelSchema:
    """Validates the structure of a collector's configuration."""

    id = "otel_schema"
    label = "OpenTelemetry collector schema"
    kinds = frozenset({Kind.OTEL})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what the schema refuses, each with its line."""
        return await asyncio.to_thread(self._check, artifact)

    def _check(self, artifact: Artifact) -> tuple[Finding, ...]:
        file = read_collector(artifact.content)
        if file.faults or file.root is None:
            raise NotChecked("the file does not parse")
        found = refusals(_schema(), file.root, what="the collector")
        return tuple(Finding(self.id, Severity.ERROR, message, artifact.path, line, _LINK, self.id) for line, message in found)


@lru_cache(maxsize=1)
def _schema() -> Any:
    return compiled(_SCHEMA)
