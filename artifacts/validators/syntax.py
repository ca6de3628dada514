"""Whether a file can be read as its kind at all."""

from __future__ import annotations

import asyncio

from artifacts.comparing import COMPARERS, comparer_of
from artifacts.records import Artifact, Finding, Kind, Severity


class Syntax:
    """Our own readers, by the rules of the builder and of YAML 1.2."""

    id = "syntax"
    label = "Syntax"
    kinds = frozenset(COMPARERS) - {Kind.OTHER, Kind.DOCKERIGNORE}
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return every fault as an error."""
        faults = await asyncio.to_thread(comparer_of(artifact.kind).faults, artifact.content)
        return tuple(Finding("syntax", Severity.ERROR, fault.message, artifact.path, fault.line, source=self.id) for fault in faults[:50])
