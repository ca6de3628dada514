"""Who will answer, in the page's words: all presets with what is wrong in their files, and each member's state."""

from __future__ import annotations

from config import Settings
from engine.assemble import presets_file
from providers import presets, vendors
from providers.errors import ConfigurationError
from providers.presets import Preset, PresetMember, Resolved


def catalogue(settings: Settings) -> tuple[dict[str, Preset], str]:
    """Return all presets and, where a file of them cannot be used, the sentence that says why; the others always work."""
    found, problems = presets.builtin(), []
    for file in dict.fromkeys((settings.presets_file, presets_file(settings))):
        if file is not None and file.exists():
            try:
                found.update(presets.load(file))
            except ConfigurationError as problem:
                problems.append(problem.message)
    return found, " ".join(problems)


def state_word(member: PresetMember, resolved: Resolved) -> str:
    """Return a member's state in a word: ready, stands in, no key, not set up."""
    if member in resolved.members:
        return "stands in" if resolved.stands_in else "ready"
    spec = vendors.find(member.vendor)
    return "no key" if any(entry.secret and entry.required for entry in spec.fields) else "not set up"
