"""The JSON schema of GitLab pipelines, as check-jsonschema ships it."""

from __future__ import annotations

import asyncio
from typing import Any

from artifacts.gitlab import read_pipeline
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.schemas import refusals, vendored
from artifacts.validator import NotChecked
from artifacts.yamltree import Node

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
    """Return the plain value without references: what stands behind one is known only when the pipeline is put together."""
    if node.kind == "map":
        return {str(name.value): _filled(value) for name, value in node.pairs if value.tag != "!reference"}
    if node.kind == "list":
        kept = [item for item in node.items if item.tag != "!reference"]
        return [_filled(item) for item in kept] if kept or not node.items else ["true"]
    return node.value
