"""Presets that are members of other presets: which may be, and whether they can answer now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from providers.errors import ConfigurationError
from providers.vendor import Availability

if TYPE_CHECKING:
    from providers.presets import Preset, PresetMember

DEEPEST = 3
"""Presets that may stand one within the other."""


def check(presets: Mapping[str, Preset]) -> None:
    """Raise ConfigurationError where a member names a preset that is not there, itself in the end, or too many one within the other."""
    for preset in presets.values():
        for member in preset.members:
            if member.nested and (problem := _problem(member, presets, (preset.id,))):
                raise ConfigurationError(f"Preset {preset.id!r}: {problem}")


def _problem(member: PresetMember, presets: Mapping[str, Preset], path: tuple[str, ...]) -> str:
    if member.model not in presets:
        return f"There is no preset {member.model[:60]!r} to be a member; choose one of {', '.join(presets)}."
    if member.model in path:
        return f"A preset cannot be a member of itself: {' > '.join((*path, member.model))}."
    if len(path) >= DEEPEST:
        return f"At most {DEEPEST} presets stand one within the other: {' > '.join((*path, member.model))}."
    below = (inner for inner in presets[member.model].members if inner.nested)
    return next((problem for inner in below if (problem := _problem(inner, presets, (*path, member.model)))), "")


def why_not(member: PresetMember, known: Mapping[str, Availability], presets: Mapping[str, Preset], path: tuple[str, ...]) -> str | None:
    """Return why a member cannot answer now, None where it can."""
    if not member.nested:
        if member.vendor not in known:
            return "It was not looked for."
        return None if known[member.vendor].ready else known[member.vendor].sentence
    if problem := _problem(member, presets, path):
        return problem
    inner = presets[member.model]
    reasons = [why_not(entry, known, presets, (*path, member.model)) for entry in inner.members]
    return None if None in reasons else " ".join(dict.fromkeys(reason for reason in reasons if reason))
