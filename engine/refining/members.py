"""Who is asked to repair a file, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from config import Settings
from engine.assemble import Tuning, VendorConfigs, singles
from engine.refining.records import Hole
from providers import routing, vendors
from providers.base import Prompt
from providers.ensemble import EnsembleProvider
from providers.presets import Preset
from providers.records import Verdict
from providers.routing import Demand, Routable, Strengths

REPAIR, ANOTHER_HOLE = 0.35, 0.06
"""How hard a repair is, 0..1: something to begin with, and more for every hole; from six on it is hard."""


class Repairer(Protocol):
    """A member that can be asked for one file."""

    @property
    def id(self) -> str:
        """Return the member's id, as candidates bear it."""

    @property
    def label(self) -> str:
        """Return its name for people."""

    @property
    def strengths(self) -> Strengths:
        """Return what it is good at."""

    async def ask(self, prompt: Prompt) -> tuple[str, float | None]:
        """Return its answer and what it cost in dollars, None where no price is known; raises an EnsembleError."""

    async def aclose(self) -> None:
        """Close its connections."""


class MemberRepairer:
    """One member of a preset, asked alone with all that surrounds a call: retries, deadline, cleaning, cost."""

    def __init__(self, ensemble: EnsembleProvider, strengths: Strengths | None = None) -> None:
        self._ensemble = ensemble
        first = ensemble.members[0]
        self.id = first.id
        self.strengths = strengths if strengths is not None else routing.strengths(first.vendor, first.model)
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
    declared = {(member.vendor, member.model or vendors.find(member.vendor).default_model): member.strengths for member in preset.members}
    ready = []
    for ensemble in singles(preset, settings, configs, tuning):
        first = ensemble.members[0]
        ready.append(MemberRepairer(ensemble, declared.get((first.vendor, first.model))))
    winner = verdict.winner if verdict else None
    if tuning is not None and not tuning.ensemble and verdict is not None:
        asked = {candidate.member.id for candidate in verdict.candidates}
        ready = [member for member in ready if member.id in asked]
    return tuple(sorted(ready, key=lambda member: (member.id != winner, -member.weight)))


def routed(members: Sequence[Repairer], todo: Sequence[Hole]) -> tuple[tuple[Repairer, ...], str]:
    """Return who is asked to fill these holes of one file, the routed member first, and why (SPEC §7).

    Where nothing special is asked for, the order given holds: whose answer it is goes first.
    """
    if not members:
        return (), ""
    told = tuple(f"{hole.rule}: {hole.text}" for hole in todo)
    demand = Demand(
        constraints=told,
        security=any(routing.security_related(text.replace("_", " ")) for text in told),
        complexity=min(1.0, REPAIR + ANOTHER_HOLE * len(told)),
    )
    known = {f"{place}": member for place, member in enumerate(members)}
    chosen = routing.route(demand, [Routable(place, member.label, member.strengths) for place, member in known.items()], default="0")
    return tuple(known[entry.id] for entry in chosen.chain), chosen.reason


async def close(members: Sequence[Repairer]) -> None:
    """Close every member's connections."""
    for member in members:
        await member.aclose()
