"""How GitHub workflows are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.records import Artifact, Decision, Kind
from artifacts.rows import decided, take_yaml
from artifacts.workflows import read_workflow
from artifacts.workflows.decisions import canonical_workflow, workflow_rows


class GitHubActionsComparer:
    """Compares what a workflow does, whatever its jobs are called."""

    kind = Kind.GITHUB_ACTIONS

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_workflow(content).faults

    def canonical(self, content: str) -> str:
        """Return the normal form as JSON."""
        return canonical_workflow(read_workflow(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return what starts it, its rights, versions, commands, image and push."""
        return decided(workflow_rows(read_workflow(artifact.content)), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's values for this decision."""
        ours, theirs = workflow_rows(read_workflow(artifact.content)), workflow_rows(read_workflow(donor.content))
        return take_yaml(artifact, ours, theirs, decision, donor)
