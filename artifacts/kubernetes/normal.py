"""A manifest in one normal form, in which order, quoting, defaults and the spelling of quantities do not show."""

from __future__ import annotations

import json
from typing import Any

from artifacts.images import reference
from artifacts.kubernetes.model import KubeObject, Manifest
from artifacts.kubernetes.quantities import plain_quantity

_BY_NAME = frozenset({"containers", "initContainers", "env", "volumes", "imagePullSecrets", "images"})
_SETS = frozenset(
    {"ports", "volumeMounts", "tolerations", "policyTypes", "accessModes", "drop", "add", "rules", "paths", "ingress", "egress", "from"}
    | {"to", "resources", "namespaces", "verbs", "apiGroups", "subjects", "metrics", "envFrom", "hosts", "tls", "finalizers"}
    | {"matchExpressions", "configMapGenerator", "secretGenerator"}
)
_DEFAULTS: dict[str, Any] = {
    "protocol": "TCP",
    "type": "ClusterIP",
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "terminationMessagePath": "/dev/termination-log",
    "sessionAffinity": "None",
    "schedulerName": "default-scheduler",
    "clusterIP": "",
    "hostNetwork": False,
    "hostPID": False,
    "hostIPC": False,
    "privileged": False,
    "optional": False,
    "readOnly": False,
    "scheme": "HTTP",
    "successThreshold": 1,
    "progressDeadlineSeconds": 600,
}
_AMOUNTS = frozenset({"requests", "limits", "capacity"})


def canonical_manifest(manifest: Manifest) -> str:
    """Return the normal form as JSON text, objects sorted by kind and name."""
    objects = sorted((_object(item) for item in manifest.objects), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    result: dict[str, Any] = {"objects": objects}
    if manifest.kustomization is not None:
        result["kustomization"] = _plain(manifest.kustomization.node.plain(), "")
    return json.dumps(result, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def _object(item: KubeObject) -> Any:
    plain = item.node.plain()
    plain.pop("status", None)
    return _plain(plain, "")


def _plain(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        if key in _AMOUNTS:
            return {name: plain_quantity(_text(amount)) for name, amount in value.items() if amount is not None}
        return {
            name: _plain(item, name)
            for name, item in value.items()
            if item is not None and not (name in _DEFAULTS and item == _DEFAULTS[name]) and item not in ([], {})
        }
    if isinstance(value, list):
        items = [_plain(item, "") for item in value]
        if key in _BY_NAME and all(isinstance(item, dict) for item in items):
            return sorted(items, key=lambda item: str(item.get("name", "")))
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str)) if key in _SETS else items
    if key == "image" and isinstance(value, str):
        return reference(value).text
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
