"""Schemas, in our own words, of a few custom resources that managed clusters bring and manifests often use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_WHOLE = {"type": "integer"}


def _object(spec: Mapping[str, Any], *required: str) -> dict[str, Any]:
    """Return the schema of an object with this spec; metadata and status are left open."""
    return {
        "type": "object",
        "required": ["metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": _TEXT,
            "kind": _TEXT,
            "metadata": {"type": "object"},
            "status": {},
            "spec": {"type": "object", "additionalProperties": False, "required": list(required), "properties": dict(spec)},
        },
    }


CUSTOM: Mapping[tuple[str, str], dict[str, Any]] = MappingProxyType(
    {
        ("networking.gke.io/v1", "ManagedCertificate"): _object({"domains": {"type": "array", "minItems": 1, "items": _TEXT}}, "domains"),
        ("networking.gke.io/v1beta1", "FrontendConfig"): _object(
            {
                "redirectToHttps": {
                    "type": "object",
                    "properties": {"enabled": _FLAG, "responseCodeName": _TEXT},
                    "additionalProperties": False,
                },
                "sslPolicy": _TEXT,
                "quicOverride": _TEXT,
            }
        ),
        ("cloud.google.com/v1", "BackendConfig"): _object(
            {
                "healthCheck": {
                    "type": "object",
                    "properties": {
                        "checkIntervalSec": _WHOLE,
                        "timeoutSec": _WHOLE,
                        "healthyThreshold": _WHOLE,
                        "unhealthyThreshold": _WHOLE,
                        "type": {"enum": ["HTTP", "HTTPS", "HTTP2"]},
                        "requestPath": _TEXT,
                        "port": _WHOLE,
                    },
                },
                **{
                    name: {"type": "object"}
                    for name in ("cdn", "connectionDraining", "customRequestHeaders", "customResponseHeaders", "iap", "logging")
                },
                **{name: {"type": "object"} for name in ("securityPolicy", "sessionAffinity")},
                "timeoutSec": _WHOLE,
            }
        ),
    }
)
"""By apiVersion and kind."""
