"""The schemas of the Kubernetes API, taken from the package kubernetes-validate, through jsonschema-rs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from artifacts.errors import UnreadableArtifact
from artifacts.kubernetes import KubeObject, Kustomization, read_manifest
from artifacts.kubernetes.custom import CUSTOM
from artifacts.kubernetes.kustomize import KEYS
from artifacts.kubernetes.model import Step
from artifacts.kubernetes.patches import adds_selectors, is_patch
from artifacts.kubernetes.versions import NoSchemas, definitions, is_built_in, known
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked

RULE = "kubernetes_schema"
_LINK = "https://kubernetes.io/docs/reference/kubernetes-api/"
_MOST = 50
_BASE = "file:///api/"


class KubernetesSchema:
    """Validates the structure of every object against the newest version of the API that the package knows."""

    id = "kubernetes_schema"
    label = "Kubernetes schema"
    kinds = frozenset({Kind.KUBERNETES})
    needs_answer = True

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what the schemas refuse, each with its line. A file of custom resources alone is not checked."""
        return await asyncio.to_thread(self._check, artifact, artifacts)

    def _check(self, artifact: Artifact, artifacts: tuple[Artifact, ...]) -> tuple[Finding, ...]:
        manifest = read_manifest(artifact.content)
        if manifest.faults:
            raise NotChecked("the file does not parse")
        patch = is_patch(artifact, artifacts)
        selected = adds_selectors(artifacts)
        found: dict[tuple[int, str], Finding] = {}
        unknown: dict[str, None] = {}
        for item in manifest.objects:
            if validator(item.api_version, item.kind) is None:
                if is_built_in(item.group):
                    continue
                unknown[f"{item.kind} ({item.api_version})"] = None
                continue
            for line, message in _errors(item, patch):
                if selected and message.endswith('"selector" is a required property'):
                    continue
                _keep(found, artifact.path, line, message)
        if manifest.kustomization is not None:
            for line, message in _unknown_keys(manifest.kustomization):
                _keep(found, artifact.path, line, message)
        if unknown and not found:
            raise NotChecked(f"no schema is known for {', '.join(list(unknown)[:3])}, a custom resource; what else the file holds is right")
        return tuple(found.values())[:_MOST]


@lru_cache(maxsize=400)
def validator(api_version: str, kind: str) -> Any:
    """Return the compiled schema of a kind, None when the API has none. Raises NotChecked when no schemas are installed."""
    import jsonschema_rs

    try:
        name = known().get((api_version, kind))
    except NoSchemas:
        raise NotChecked("the Kubernetes schemas are not installed; `pip install kubernetes-validate` brings them") from None
    if name is None:
        own = CUSTOM.get((api_version, kind))
        return jsonschema_rs.validator_for(own, retriever=_refuse) if own is not None else None
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": f"{_BASE}_definitions.json#/$defs/{name}"}
    return jsonschema_rs.validator_for(schema, registry=_registry(), retriever=_refuse)


@lru_cache(maxsize=1)
def _registry() -> Any:
    """Hold the definitions under the name the schemas refer to; nothing is ever fetched."""
    import jsonschema_rs

    return jsonschema_rs.Registry([(f"{_BASE}_definitions.json", definitions()[1])], draft=jsonschema_rs.Draft202012, retriever=_refuse)


def _refuse(uri: str) -> Any:
    raise ValueError(f"no schema is fetched: {uri[:100]}")


def _errors(item: KubeObject, patch: bool) -> Iterator[tuple[int, str]]:
    """Yield line and message of what the schema refuses; a patch need not be whole."""
    compiled = validator(item.api_version, item.kind)
    plain = _without_nulls(item.node.plain())
    try:
        for count, error in enumerate(compiled.iter_errors(plain)):
            if count >= _MOST:
                return
            if patch and ("is a required property" in error.message or "'$" in error.message):
                continue
            path: list[Step] = list(error.instance_path)
            yield item.line_of(*path), f"{item.title}: {_message(error, path)}"
    except (UnreadableArtifact, ValueError) as error:
        raise NotChecked(f"the schema could not be applied: {str(error)[:200]}") from None


def _message(error: Any, path: list[Step]) -> str:
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".") or "the object"
    text = str(error.message)
    if "is not valid under any of" in text or "valid under more than one" in text:
        text = "has a form that the API does not know"
    elif "Additional properties are not allowed" in text:
        text = re.sub(r"Additional properties are not allowed \((.*?) (?:was|were) unexpected\)", r"has no field \1", text, flags=re.DOTALL)
    else:
        text = re.sub(r"types \"null\", \"(\w+)\"", r"type \1", text)
    return f"{where}: {text}"[:400]


def _without_nulls(value: Any) -> Any:
    """Return a plain value without keys whose value is null: the API reads them as absent."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _unknown_keys(kustomization: Kustomization) -> Iterator[tuple[int, str]]:
    for name, key, _ in kustomization.node.entries():
        if name not in KEYS:
            yield key.line, f"kustomization: has no field {name!r}"


def _keep(found: dict[tuple[int, str], Finding], path: str, line: int, message: str) -> None:
    found.setdefault((line, message), Finding(RULE, Severity.ERROR, message, path, line, _LINK, KubernetesSchema.id))
