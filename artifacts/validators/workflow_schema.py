"""The JSON schema of GitHub workflows, as check-jsonschema ships it."""

from __future__ import annotations

import asyncio

from artifacts.errors import UnreadableArtifact
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.schemas import refusals, vendored
from artifacts.validator import NotChecked
from artifacts.yamltree import read_yaml

_LINK = "https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax"


class WorkflowSchema:
    """Validates the structure: known keys, allowed types and values."""

    id = "workflow_schema"
    label = "GitHub workflow schema"
    kinds = frozenset({Kind.GITHUB_ACTIONS})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what the schema refuses, each with its line."""
        return await asyncio.to_thread(self._check, artifact)

    def _check(self, artifact: Artifact) -> tuple[Finding, ...]:
        try:
            root = read_yaml(artifact.content)
        except UnreadableArtifact:
            raise NotChecked("the file does not parse") from None
        found = refusals(vendored("github-workflows", "GitHub workflow"), root, what="GitHub")
        return tuple(Finding(self.id, Severity.ERROR, message, artifact.path, line, _LINK, self.id) for line, message in found)
