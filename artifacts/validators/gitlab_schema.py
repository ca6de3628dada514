"""The JSON schema of GitLab pipelines, as check-jsonschema ships it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from artifacts.gitlab import read_pipeline
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.schemas import refusals, vendored
from artifacts.validator import NotChecked
from artifacts.yamltree import Node

_BRACES = re.compile(r"\$\{(\w+)\}")
_LINK = "https://docs.gitlab.com/ci/yaml/"


class GitLabSchema:
    """Validates the structure: known keys, allowed types and values."""

    id = "gitlab_schema"
    label = "GitLab CI schema"
    kinds = frozenset({Kind.GITLAB_CI})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what the schema refuses, each with its line."""
        return await asyncio.to_thread(self._check, artifact)

    def _check(self, artifact: Artifact) -> tuple[Finding, ...]:
        pipeline = read_pipeline(artifact.content)
        if pipeline.faults or pipeline.root is None:
            raise NotChecked("the file does not parse")
        found = refusals(vendored("gitlab-ci", "GitLab CI"), pipeline.root, _filled, what="GitLab")
        return tuple(Finding(self.id, Severity.ERROR, message, artifact.path, line, _LINK, self.id) for line, message in found)


def _filled(node: Node) -> Any:
    """Return the plain value without what the schema sees too narrowly.

    What stands behind a reference is known only when the pipeline is put together; an environment's address may hold
    variables in braces, an included file rules of more kinds, a list of rules further lists; what is empty is as if not given.
    """
    if node.kind == "map":
        found = {str(name.value): _filled(value) for name, value in node.pairs if value.tag != "!reference" and not _empty(value)}
        for key, change in _CHANGES.items():
            if key in found:
                found[key] = change(found[key])
        return found
    if node.kind == "list":
        kept = [item for item in node.items if item.tag != "!reference"]
        return [_filled(item) for item in kept] if kept or not node.items else ["true"]
    return node.value


def _empty(node: Node) -> bool:
    return (node.kind == "scalar" and node.value is None) or (node.kind == "list" and not node.items)


def _includes(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [
        {key: _BRACES.sub(r"$\1", given) if isinstance(given, str) else given for key, given in item.items() if key != "rules"}
        if isinstance(item, dict)
        else item
        for item in value
    ]


def _rules(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [inner for item in value for inner in (_rules(item) if isinstance(item, list) else (item,))]


def _environment(value: Any) -> Any:
    if isinstance(value, dict) and "$" in str(value.get("url", "")):
        return {key: given for key, given in value.items() if key != "url"}
    return value


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


_CHANGES: dict[str, Callable[[Any], Any]] = {"include": _includes, "rules": _rules, "environment": _environment, "annotations": _first}
