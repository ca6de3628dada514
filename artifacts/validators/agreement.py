"""Whether the files of the answer agree with each other."""

from __future__ import annotations

import asyncio

from artifacts.agreement import SOURCES, disagreements
from artifacts.records import Artifact, Finding


class Agreement:
    """Holds what Dockerfile, Compose file and manifests say of the same part against each other; findings name both places."""

    id = "agreement"
    label = "Agreement between files"
    kinds = frozenset(SOURCES)
    needs_answer = True

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return where this file contradicts one that comes before it."""
        return await asyncio.to_thread(disagreements, artifact, artifacts)
