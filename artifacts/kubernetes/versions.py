"""Which API versions Kubernetes has of each of its own kinds, from the installed schemas, and which are gone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

_FOLDER = re.compile(r"^v(\d+)\.(\d+)\.\d+-local-strict$")
GONE: Mapping[str, str] = MappingProxyType(
    {
        "extensions/v1beta1": "apps/v1, networking.k8s.io/v1 or policy/v1",
        "apps/v1beta1": "apps/v1",
        "apps/v1beta2": "apps/v1",
        "batch/v1beta1": "batch/v1",
        "batch/v2alpha1": "batch/v1",
        "networking.k8s.io/v1beta1": "networking.k8s.io/v1",
        "policy/v1beta1": "policy/v1",
        "autoscaling/v2beta1": "autoscaling/v2",
        "autoscaling/v2beta2": "autoscaling/v2",
        "rbac.authorization.k8s.io/v1beta1": "rbac.authorization.k8s.io/v1",
        "rbac.authorization.k8s.io/v1alpha1": "rbac.authorization.k8s.io/v1",
        "apiextensions.k8s.io/v1beta1": "apiextensions.k8s.io/v1",
        "apiregistration.k8s.io/v1beta1": "apiregistration.k8s.io/v1",
        "admissionregistration.k8s.io/v1beta1": "admissionregistration.k8s.io/v1",
        "storage.k8s.io/v1beta1": "storage.k8s.io/v1",
        "scheduling.k8s.io/v1beta1": "scheduling.k8s.io/v1",
        "coordination.k8s.io/v1beta1": "coordination.k8s.io/v1",
        "certificates.k8s.io/v1beta1": "certificates.k8s.io/v1",
        "discovery.k8s.io/v1beta1": "discovery.k8s.io/v1",
        "events.k8s.io/v1beta1": "events.k8s.io/v1",
    }
)
"""Versions that were served once and what took their place; kinds that came later in one of them are found in the schemas."""


class NoSchemas(LookupError):
    """The package with the schemas is not installed."""


@lru_cache(maxsize=1)
def definitions() -> tuple[str, dict[str, Any]]:
    """Return the newest version of Kubernetes that the package knows, such as `1.37`, and its definitions. Raises NoSchemas."""
    try:
        root = resources.files("kubernetes_validate").joinpath("kubernetes-json-schema")
        folders = {(int(match[1]), int(match[2])): entry for entry in root.iterdir() if (match := _FOLDER.match(entry.name))}
        version = max(folders)
        return f"{version[0]}.{version[1]}", json.loads(folders[version].joinpath("_definitions.json").read_text(encoding="utf-8"))
    except (ModuleNotFoundError, FileNotFoundError, ValueError):
        raise NoSchemas from None


@lru_cache(maxsize=1)
def known() -> Mapping[tuple[str, str], str]:
    """Return the definition's name of every (apiVersion, kind). Raises NoSchemas."""
    found: dict[tuple[str, str], str] = {}
    for name, schema in definitions()[1]["$defs"].items():
        for entry in schema.get("x-kubernetes-group-version-kind", ()):
            version = f"{entry['group']}/{entry['version']}" if entry["group"] else entry["version"]
            found.setdefault((version, entry["kind"]), name)
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _versions() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for version, kind in known():
        found.setdefault(kind, []).append(version)
    return {kind: tuple(sorted(versions, key=_stable_first)) for kind, versions in found.items()}


def versions_of(kind: str) -> tuple[str, ...]:
    """Return the API versions that have this kind, stable ones first; nothing for a custom resource, or without schemas."""
    try:
        return _versions().get(kind, ())
    except NoSchemas:
        return ()


@lru_cache(maxsize=1)
def _groups() -> frozenset[str]:
    return frozenset(version.rpartition("/")[0] for version in (*(version for version, _ in known()), *GONE))


def is_built_in(group: str) -> bool:
    """Tell whether an API group belongs to Kubernetes itself rather than to something installed into it; no without schemas."""
    try:
        return group in _groups()
    except NoSchemas:
        return False


def _stable_first(version: str) -> tuple[bool, bool, str]:
    return "alpha" in version, "beta" in version, version
