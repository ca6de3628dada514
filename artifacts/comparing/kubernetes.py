"""How Kubernetes manifests and kustomizations are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.kubernetes import read_manifest
from artifacts.kubernetes.decisions import manifest_decisions
from artifacts.kubernetes.normal import canonical_manifest
from artifacts.kubernetes.take import take_from_manifest
from artifacts.records import Artifact, Decision, Kind


class KubernetesComparer:
    """Compares objects in their normal form, whatever their order."""

    kind = Kind.KUBERNETES

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_manifest(content).faults

    def canonical(self, content: str) -> str:
        """Return the normal form as JSON."""
        return canonical_manifest(read_manifest(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return the decisions object by object."""
        return manifest_decisions(read_manifest(artifact.content), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's values for this decision."""
        return take_from_manifest(artifact, decision, donor)
