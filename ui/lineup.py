"""Who will answer, in the page's words: all presets with what is wrong in their files, and each member's state."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from config import Settings
from engine.assemble import presets_file
from providers import presets, vendors
from providers.errors import ConfigurationError
from providers.presets import Preset, PresetMember, Resolved

MOST_FILES = 16
_last_good: OrderedDict[Path, dict[str, Preset]] = OrderedDict()
"""What the server's files of presets held when they could last be read; no user's, so all pages share it."""


def catalogue(settings: Settings) -> tuple[dict[str, Preset], str]:
    """Return all presets and, where a file of them cannot be used, the sentence that says why; the others always work.

    A file that breaks while the program runs loses nobody his presets: what it held when it could last be read is used.
    """
    found, problems = presets.builtin(), []
    for file in dict.fromkeys((settings.presets_file, presets_file(settings))):
        if file is not None and file.exists():
            try:
                good = presets.load(file)
            except ConfigurationError as problem:
                problems.append(problem.message)
                if kept := _last_good.get(file):
                    found.update(kept)
                    problems.append(f"Until {file.name} is mended, its presets are used as they were when it could last be read.")
            else:
                found.update(good)
                _remember(file, good)
    return found, " ".join(problems)


def _remember(file: Path, good: dict[str, Preset]) -> None:
    _last_good[file] = good
    while len(_last_good) > MOST_FILES:
        _last_good.popitem(last=False)


def state_word(member: PresetMember, resolved: Resolved) -> str:
    """Return a member's state in a word: ready, stands in, no key, not set up."""
    if member in resolved.members:
        return "stands in" if resolved.stands_in else "ready"
    spec = vendors.find(member.vendor)
    return "no key" if any(entry.secret and entry.required for entry in spec.fields) else "not set up"
