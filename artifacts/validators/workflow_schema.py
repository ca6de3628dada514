"""The JSON schema of GitHub workflows, as check-jsonschema ships it."""

from __future__ import annotations

import asyncio
from typing import Any

from artifacts.errors import UnreadableArtifact
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.schemas import refusals, vendored
from artifacts.validator import NotChecked
from artifacts.yamltree import Node, read_yaml

_LISTS = ("branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore")
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
        found = refusals(vendored("github-workflows", "GitHub workflow"), root, _accepted, what="GitHub")
        return tuple(Finding(self.id, Severity.ERROR, message, artifact.path, line, _LINK, self.id) for line, message in found)


def _accepted(root: Node) -> Any:
    """Return the plain value with two forms spelled as the schema wants them that GitHub takes as well.

    A filter may be one text instead of a list; a strategy may come from an expression or have no matrix.
    """
    plain = root.plain()
    if not isinstance(plain, dict):
        return plain
    events = plain.get("on")
    for event in events.values() if isinstance(events, dict) else ():
        for key in _LISTS if isinstance(event, dict) else ():
            if isinstance(event.get(key), str):
                event[key] = [event[key]]
    jobs = plain.get("jobs")
    for job in jobs.values() if isinstance(jobs, dict) else ():
        strategy = job.get("strategy") if isinstance(job, dict) else None
        if isinstance(strategy, str) or (isinstance(strategy, dict) and "matrix" not in strategy):
            del job["strategy"]
    return plain
