"""How files of a kind without its own comparer are compared: as text."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.errors import DecisionNotTakeable
from artifacts.records import Artifact, Decision, Kind


class OtherComparer:
    """Compares lines; there are no decisions to tell apart."""

    kind = Kind.OTHER

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return nothing: no grammar is known."""
        return ()

    def canonical(self, content: str) -> str:
        """Return the text without trailing blanks and blank lines."""
        return "\n".join(line.rstrip() for line in content.splitlines() if line.strip()) + "\n"

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return none."""
        return ()

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Refuse: there are no decisions."""
        raise DecisionNotTakeable(f"{artifact.path} is of a kind whose decisions are not known; take the whole file instead.")
