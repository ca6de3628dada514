"""Our own rules (see docs/rules.md)."""

from __future__ import annotations

import asyncio

from artifacts.records import Artifact, Finding
from artifacts.rules import RULES, check_rules


class OurRules:
    """Runs every rule of the catalogue `rules/` that concerns the file's kind."""

    id = "rules"
    label = "Our rules"
    kinds = frozenset(rule.kind for rule in RULES)
    needs_answer = True

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return the rules' findings."""
        return await asyncio.to_thread(check_rules, artifact, artifacts)
