"""Who will answer: from the sidebar's choices and what is set up to the ensemble that a run asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from config import Settings
from providers import presets, vendors
from providers.base import CallOptions
from providers.ensemble import EnsembleProvider
from providers.errors import ConfigurationError
from providers.presets import Preset, PresetMember, Resolved

Keys = Mapping[str, Mapping[str, str]]
"""What a session typed on the Settings page: vendor id -> its connection's values."""

OWN_PRESETS = "presets.yaml"
"""The user's presets made on the page, in the data folder; an operator's file is PRESETS_FILE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The sidebar. `weights` go with the members by place, None for equal ones.

    `single` is the place of the one member that is asked when ensemble mode is off.
    """

    preset: str
    ensemble_mode: bool = True
    strategy: str = "best_of_n"
    execution: str = "parallel"
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    weights: tuple[float, ...] | None = None
    single: int = 0


def catalogue(settings: Settings) -> tuple[dict[str, Preset], str]:
    """Return all presets and, where a file of them cannot be used, the sentence that says why; the built-in ones always work."""
    try:
        return presets.catalogue(settings.presets_file, own_presets(settings)), ""
    except ConfigurationError as problem:
        return presets.builtin(), problem.args[0]


def own_presets(settings: Settings) -> Path:
    """Return where the user's own presets are kept."""
    return settings.omni_data_dir / OWN_PRESETS


def resolve(preset: Preset, settings: Settings, keys: Keys) -> Resolved:
    """Return who of this preset can answer now."""
    return presets.resolve(preset, vendors.availability(settings, keys))


def taking_part(resolved: Resolved, choices: Choices) -> tuple[PresetMember, ...]:
    """Return the members a run would ask: all of them, or the one chosen when ensemble mode is off."""
    if choices.ensemble_mode:
        return resolved.members
    return (resolved.members[choices.single if choices.single < len(resolved.members) else 0],)


def ensemble(resolved: Resolved, choices: Choices, settings: Settings, keys: Keys) -> EnsembleProvider:
    """Return the ensemble for a run; raises ConfigurationError for what cannot work."""
    members = taking_part(resolved, choices)
    options = {**replace(resolved, members=members).options(), "strategy": choices.strategy, "execution": choices.execution}
    weights = choices.weights if choices.weights is not None and len(choices.weights) == len(members) and len(members) > 1 else None
    return EnsembleProvider(
        replace(resolved, members=members).specs(keys),
        weights=weights,
        timeout=choices.timeout or settings.ensemble_timeout,
        options=CallOptions(
            temperature=choices.temperature, max_tokens=choices.max_tokens, logprobs=choices.strategy == "weighted" and weights is None
        ),
        settings=settings,
        **options,
    )


def state_word(member: PresetMember, resolved: Resolved) -> str:
    """Return a member's state in a word: ready, stands in, no key, not set up."""
    if member in resolved.members:
        return "stands in" if resolved.stands_in else "ready"
    spec = vendors.find(member.vendor)
    return "no key" if any(entry.secret and entry.required for entry in spec.fields) else "not set up"
