"""How Terraform files are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.records import Artifact, Decision, Kind
from artifacts.terraform.decisions import terraform_decisions
from artifacts.terraform.reader import read_terraform
from artifacts.terraform.take import take_from_terraform
from artifacts.terraform.writing import canonical_terraform


class TerraformComparer:
    """Compares blocks and arguments in one form, and the questions they answer."""

    kind = Kind.TERRAFORM

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read."""
        return read_terraform(content).faults

    def canonical(self, content: str) -> str:
        """Return blocks and arguments sorted, in one layout."""
        return canonical_terraform(read_terraform(content))

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return what the file decides."""
        return terraform_decisions(read_terraform(artifact.content), artifact.path)

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's value of this decision."""
        return take_from_terraform(artifact, decision, donor)
