"""The base types of the catalogue `validators/`: what a validator is, and what it raises when it could not check."""

from __future__ import annotations

from typing import Protocol

from artifacts.records import Artifact, Finding, Kind


class NotChecked(Exception):
    """The validator could not look at this file; the message says why and, where a tool is missing, how to get it."""


class Validator(Protocol):
    """One way to check artifacts. Stateless; results depend on the artifact's content alone and are kept for identical files.

    `needs_answer` marks a validator that looks at the answer's other files too; its results are not kept.
    """

    id: str
    label: str
    kinds: frozenset[Kind]
    needs_answer: bool

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return the findings on one artifact within `limit_s` seconds. Raises NotChecked; never blocks the event loop."""
