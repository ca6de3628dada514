"""Who can be called for an answer: the preset's models, routed by what a question needs, tried one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from artifacts.records import Assessment, Expectations
from config import Settings
from engine.assemble import Tuning, VendorConfigs, singles
from engine.expert import Expert
from providers import routing, vendors
from providers.base import Prompt
from providers.ensemble import EnsembleProvider
from providers.errors import EnsembleError
from providers.events import Event, MemberDelta, MemberRetried
from providers.presets import Preset, PresetMember
from providers.routing import Demand, Routable, Strengths
from providers.tokens import estimate

OnText = Callable[[str, bool], None]
"""Hears a piece of text, and whether what came before is void."""


class Caller(Protocol):
    """One model that can be asked."""

    id: str
    label: str
    strengths: Strengths

    async def ask(self, prompt: Prompt, on_text: OnText | None = None) -> tuple[str, float | None]:
        """Return its answer and what it cost in dollars, None where unknown; raises an EnsembleError."""

    async def aclose(self) -> None:
        """Close its connections."""


@dataclass(eq=False, slots=True)
class MemberCaller:
    """One member of a preset, asked alone with all that surrounds a call."""

    id: str
    label: str
    strengths: Strengths
    ensemble: EnsembleProvider

    async def ask(self, prompt: Prompt, on_text: OnText | None = None) -> tuple[str, float | None]:
        """Return its answer and what it cost."""

        def hear(event: Event) -> None:
            if on_text is not None and isinstance(event, MemberDelta):
                on_text(event.text, False)
            elif on_text is not None and isinstance(event, MemberRetried):
                on_text("", True)

        verdict = await self.ensemble.run(prompt, hear if on_text is not None else None)
        return verdict.text, verdict.cost_usd

    async def aclose(self) -> None:
        """Close its connections."""
        await self.ensemble.aclose()


def callers(
    preset: Preset, settings: Settings, configs: VendorConfigs | None = None, tuning: Tuning | None = None, experts: Sequence[Expert] = ()
) -> tuple[MemberCaller, ...]:
    """Return the preset's models that are ready, and the experts' own models where their vendor is ready; none without a vendor."""
    extra = [PresetMember(vendor=vendor, model=model) for vendor, _, model in (expert.model.partition("/") for expert in experts) if vendor]
    known = {(member.vendor, member.model) for member in preset.members}
    wanted = preset.model_copy(
        update={"members": (*preset.members, *(member for member in extra if (member.vendor, member.model) not in known))}
    )
    strengths = {(member.vendor, member.model or vendors.find(member.vendor).default_model): member.strengths for member in wanted.members}
    made = []
    for ensemble in singles(wanted, settings, configs, tuning, streaming=None, assess=_unjudged):
        first = ensemble.members[0]
        fallback = routing.strengths(first.vendor, first.model)
        made.append(MemberCaller(first.id, ensemble.label, strengths.get((first.vendor, first.model), fallback), ensemble))
    return tuple(made)


async def _unjudged(_text: str, _expectations: Expectations | None) -> Assessment:
    """Judge nothing: an answer in words is no candidate, and its files are judged when they are offered on the Deliver page."""
    return Assessment(artifacts=(), decisions=(), checks=(), findings=(), parts=(), score=1.0, clean=True)


def chain(everyone: Sequence[Caller], expert: Expert | None, question: str, prompt: Prompt) -> tuple[tuple[Caller, ...], str]:
    """Return who is asked in which order for an expert's answer, and why. An expert's own model goes first."""
    known = {str(place): caller for place, caller in enumerate(everyone)}
    demand = Demand(
        security=(expert is not None and expert.id == "security") or routing.security_related(question),
        complexity=min(1.0, 0.25 + len(question.split()) / 100),
        tokens=estimate(prompt.text),
    )
    found = routing.route(demand, [Routable(place, caller.label, caller.strengths) for place, caller in known.items()])
    order = [known[entry.id] for entry in found.chain]
    if expert is not None and expert.model:
        own = [caller for caller in everyone if caller.id == expert.model]
        if own:
            rest = [caller for caller in order if caller is not own[0]]
            return tuple([*own, *rest][: routing.MAX_ATTEMPTS]), f"{own[0].label} is this expert's own model"
    return tuple(order), found.reason


class NobodyAnswered(Exception):
    """Everyone in the chain failed; the message holds each one's reason."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: who gave it, what it cost, and who failed before, in sentences."""

    text: str
    by: str
    cost_usd: float | None
    failed: tuple[str, ...] = ()
    latency_ms: float = 0.0


async def first_answer(order: Sequence[Caller], prompt: Prompt, on_text: OnText | None = None) -> Heard:
    """Ask one after another until one answers. Raises NobodyAnswered with all reasons."""
    failed: list[str] = []
    began = time.monotonic()
    for place, caller in enumerate(order):
        if place and on_text is not None:
            on_text("", True)
        try:
            text, cost = await caller.ask(prompt, on_text)
        except EnsembleError as error:
            failed.append(f"{caller.label} failed: {error.message}")
            continue
        if text.strip():
            return Heard(text, caller.label, cost, tuple(failed), (time.monotonic() - began) * 1000)
        failed.append(f"{caller.label} failed: its answer is empty.")
    raise NobodyAnswered(" ".join(failed) or "No model is ready.")
