"""Whether the files of the answer agree with each other."""

from __future__ import annotations

import asyncio

from artifacts.agreement import AROUND, SOURCES, around, disagreements
from artifacts.records import Artifact, Finding


class Agreement:
    """Holds what the files of an answer say of the same part against each other, pipelines, Terraform, dashboards and collector too."""

    id = "agreement"
    label = "Agreement between files"
    kinds = frozenset(SOURCES) | frozenset(AROUND)
    needs_answer = True

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return where this file contradicts one that comes before it."""
        return await asyncio.to_thread(lambda: (*disagreements(artifact, artifacts), *around(artifact, artifacts)))
