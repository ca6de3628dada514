"""How Compose files are compared."""

from __future__ import annotations

from artifacts.compose import read_compose
from artifacts.compose.decisions import compose_decisions
from artifacts.compose.normal import canonical_compose
from artifacts.compose.take import take_from_compose
from artifacts.dockerfile.model import Fault
from artifacts.records import Artifact, Decision, Kind


class ComposeComparer:
    """Compares services in their normal form."""

    kind = Kind.COMPOSE

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_compose(content).faults

    def canonical(self, content: str) -> str:
        """Return the normal form as JSON."""
        return canonical_compose(read_compose(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return the decisions service by service."""
        return compose_decisions(read_compose(artifact.content), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's keys for this decision."""
        return take_from_compose(artifact, decision, donor)
