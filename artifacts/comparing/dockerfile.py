"""How Dockerfiles are compared."""

from __future__ import annotations

from artifacts.dockerfile import read_dockerfile
from artifacts.dockerfile.canonical import canonical_dockerfile
from artifacts.dockerfile.decisions import dockerfile_decisions
from artifacts.dockerfile.model import Fault
from artifacts.dockerfile.take import take_from_dockerfile
from artifacts.records import Artifact, Decision, Kind


class DockerfileComparer:
    """Compares by stages and instructions; decisions are those of the final image."""

    kind = Kind.DOCKERFILE

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return what a builder would refuse."""
        return read_dockerfile(content).faults

    def canonical(self, content: str) -> str:
        """Return the canonical text."""
        return canonical_dockerfile(read_dockerfile(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return the final image's decisions."""
        return dockerfile_decisions(read_dockerfile(artifact.content), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's instructions for this decision."""
        return take_from_dockerfile(artifact, decision, donor)
