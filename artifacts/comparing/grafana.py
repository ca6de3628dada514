"""How dashboards of Grafana are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.grafana import read_dashboard
from artifacts.grafana.decisions import canonical_dashboard, dashboard_rows, take_from_dashboard
from artifacts.records import Artifact, Decision, Kind
from artifacts.rows import decided


class GrafanaComparer:
    """Compares panels by their titles, whatever their ids and places."""

    kind = Kind.GRAFANA

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_dashboard(content).faults

    def canonical(self, content: str) -> str:
        """Return the normal form as JSON."""
        return canonical_dashboard(read_dashboard(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return source, variables, panels and what each asks."""
        return decided(dashboard_rows(read_dashboard(artifact.content)), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's values for this decision."""
        ours, theirs = dashboard_rows(read_dashboard(artifact.content)), dashboard_rows(read_dashboard(donor.content))
        return take_from_dashboard(artifact, ours, theirs, decision, donor)
