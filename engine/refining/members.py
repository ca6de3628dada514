"""Who is asked to repair a file, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from config import Settings
from engine.assemble import Tuning, VendorConfigs, singles
from providers.base import Prompt
from providers.ensemble import EnsembleProvider
from providers.presets import Preset
from providers.records import Verdict


class Repairer(Protocol):
    """A member that can be asked for one file."""

    @property
    def id(self) -> str:
        """Return the member's id, as candidates bear it."""

    @property
    def label(self) -> str:
        """Return its name for people."""

    async def ask(self, prompt: Prompt) -> tuple[str, float | None]:
        """Return its answer and what it cost in dollars, None where no price is known; raises an EnsembleError."""

    async def aclose(self) -> None:
        """Close its connections."""


class MemberRepairer:
    """One member of a preset, asked alone with all that surrounds a call: retries, deadline, cleaning, cost."""

    def __init__(self, ensemble: EnsembleProvider) -> None:
        self._ensemble = ensemble
        self.id = ensemble.members[0].id
        self.label = ensemble.label
        self.weight = ensemble.members[0].weight

    async def ask(self, prompt: Prompt) -> tuple[str, float | None]:
        """Return its answer and what it cost in dollars."""
        verdict = await self._ensemble.run(prompt)
        return verdict.text, verdict.cost_usd

    async def aclose(self) -> None:
        """Close its connections."""
        await self._ensemble.aclose()


def repairers(
    verdict: Verdict | None, preset: Preset, settings: Settings, configs: VendorConfigs | None = None, tuning: Tuning | None = None
) -> tuple[MemberRepairer, ...]:
    """Return who of the preset can repair: whose answer the verdict is goes first, then by weight, then in the preset's order.

    With ensemble mode off only those who answered are asked.
    """
    ready = [MemberRepairer(ensemble) for ensemble in singles(preset, settings, configs, tuning)]
    winner = verdict.winner if verdict else None
    if tuning is not None and not tuning.ensemble and verdict is not None:
        asked = {candidate.member.id for candidate in verdict.candidates}
        ready = [member for member in ready if member.id in asked]
    return tuple(sorted(ready, key=lambda member: (member.id != winner, -member.weight)))


async def close(members: Sequence[Repairer]) -> None:
    """Close every member's connections."""
    for member in members:
        await member.aclose()
