"""What a pipeline for a repository must say: the releases it may set up, and the scripts and targets there are to call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.profile import Component, Evidence, Profile
from artifacts.judging.pipelines import COMMANDS, SETUP, call_of
from artifacts.records import Expectation

_LANGUAGES = {"scala": "java", "kotlin": "java"}
_SERIES = {"python": 2, "node": 1, "go": 2, "java": 1, "ruby": 2, "php": 2, "elixir": 2, "dotnet": 1, "deno": 1}


def pipeline_facts(profile: Profile, path: str) -> Iterator[Expectation]:
    """Yield the facts a pipeline is held against; a version that is only a default or a range costs score and is no error."""
    accepted: dict[str, dict[str, None]] = {}
    first: dict[str, Component] = {}
    for component in profile.components:
        language = _LANGUAGES.get(component.stack, component.stack)
        if component.runtime is None or language not in _SERIES:
            continue
        numbers = re.findall(r"\d+", component.runtime.value)[: _SERIES[language]]
        named = [".".join(numbers), *(fact.value for fact in component.releases)]
        accepted.setdefault(language, {}).update(dict.fromkeys(version for version in named if version))
        first.setdefault(language, component)
    for language, versions in accepted.items():
        runtime = first[language].runtime
        where = runtime.where() if runtime else ""
        yield Expectation(f"{SETUP}{language}", tuple(versions), where, path, False)
    yield from _commands(profile, path)


def _commands(profile: Profile, path: str) -> Iterator[Expectation]:
    calls: dict[str, Evidence | None] = {}
    for component in profile.components:
        for chore in component.chores:
            call = call_of(chore.command)
            if call is not None:
                calls.setdefault(call, chore.evidence[0] if chore.evidence else None)
            elif chore.command.startswith("make *"):
                calls.setdefault("make *", None)
    if calls:
        files = dict.fromkeys(evidence.path for evidence in calls.values() if evidence is not None)
        yield Expectation(COMMANDS, tuple(calls), ", ".join(list(files)[:4]), path, True)
