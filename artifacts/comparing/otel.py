"""How configurations of the collector are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.otel import read_collector
from artifacts.otel.decisions import canonical_collector, collector_rows
from artifacts.records import Artifact, Decision, Kind
from artifacts.rows import decided, take_yaml


class OtelComparer:
    """Compares parts and pipelines, whatever their order; that of processors counts."""

    kind = Kind.OTEL

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_collector(content).faults

    def canonical(self, content: str) -> str:
        """Return the normal form as JSON."""
        return canonical_collector(read_collector(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return what comes in where and where it goes."""
        return decided(collector_rows(read_collector(artifact.content)), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's values for this decision."""
        ours, theirs = collector_rows(read_collector(artifact.content)), collector_rows(read_collector(donor.content))
        return take_yaml(artifact, ours, theirs, decision, donor)
