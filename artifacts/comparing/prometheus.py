"""How files of Prometheus are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.prometheus import read_prometheus
from artifacts.prometheus.decisions import canonical_prometheus, prometheus_rows
from artifacts.records import Artifact, Decision, Kind
from artifacts.rows import decided, take_yaml


class PrometheusComparer:
    """Compares jobs and rules, whatever their order and groups."""

    kind = Kind.PROMETHEUS

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_prometheus(content).faults

    def canonical(self, content: str) -> str:
        """Return the normal form as JSON."""
        return canonical_prometheus(read_prometheus(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return what is scraped, recorded and alerted on."""
        return decided(prometheus_rows(read_prometheus(artifact.content)), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's values for this decision."""
        ours, theirs = prometheus_rows(read_prometheus(artifact.content)), prometheus_rows(read_prometheus(donor.content))
        return take_yaml(artifact, ours, theirs, decision, donor)
