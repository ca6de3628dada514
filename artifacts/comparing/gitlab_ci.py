"""How GitLab pipelines are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.gitlab import read_pipeline
from artifacts.gitlab.decisions import canonical_pipeline, pipeline_rows
from artifacts.records import Artifact, Decision, Kind
from artifacts.rows import decided, take_yaml


class GitLabCIComparer:
    """Compares what a pipeline does, whatever its templates are."""

    kind = Kind.GITLAB_CI

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_pipeline(content).faults

    def canonical(self, content: str) -> str:
        """Return the normal form as JSON."""
        return canonical_pipeline(read_pipeline(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return stages, versions, commands, image and push."""
        return decided(pipeline_rows(read_pipeline(artifact.content)), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's values for this decision."""
        ours, theirs = pipeline_rows(read_pipeline(artifact.content)), pipeline_rows(read_pipeline(donor.content))
        return take_yaml(artifact, ours, theirs, decision, donor)
