"""The base type of the catalogue `comparing/`: how artifacts of one kind are compared by meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from artifacts.dockerfile.model import Fault
from artifacts.records import Artifact, Decision, Kind


class Comparer(Protocol):
    """Knows one kind of artifact. Stateless; every method is deterministic and never raises unless it says so."""

    kind: Kind

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return why the text cannot be read as this kind; empty when it can."""

    def canonical(self, content: str) -> str:
        """Return a text that is equal for contents that mean the same."""

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return the facts the artifact commits to, in a fixed order, each name once."""

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the artifact's text with this one decision of the donor. Raises DecisionNotTakeable."""


Table = Mapping[Kind, Comparer]
