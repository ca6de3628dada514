"""The environment of a part: settings in a ConfigMap, secrets by reference, never a secret's value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from architect.blueprints.kubernetes.layout import Part
from architect.plan import Env
from architect.profile import Evidence
from architect.services.backings import Backing
from architect.services.clients import fill, settings
from architect.syntax.composing import strictly_needed
from architect.syntax.yaml import Because

_SECRET = re.compile(r"\{secret:(\w+)\}")


@dataclass(slots=True)
class Environment:
    """What a container is given. `config` goes into a ConfigMap, `entries` into the container; `secrets` are the keys they need."""

    config: dict[str, Because] = field(default_factory=dict)
    entries: list[Because] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)


def environment(part: Part, secret: str, config: str) -> Environment:
    """Return the environment of a part; `secret` and `config` are the objects' names."""
    found = Environment()
    given: set[str] = set()
    needs = [(backing.spec, backing.fact, backing.name) for backing in part.needs]
    for setting in settings(part.component, needs):
        if setting.name in given:
            continue
        given.add(setting.name)
        if not _SECRET.search(setting.value):
            found.config[setting.name] = Because(setting.value, setting.why, setting.evidence)
            continue
        _secret_value(found, given, setting.name, setting.value, secret, setting.why, setting.evidence)
    built = {step.name for stage in part.plan.stages for step in stage.steps if isinstance(step, Env)}
    for wanted in part.component.variables:
        if wanted.default is not None or wanted.name in given or wanted.name in built or wanted.name == "PORT":
            continue
        given.add(wanted.name)
        if wanted.secret:
            needed = strictly_needed(wanted)
            (found.secrets if needed else found.optional)[wanted.name] = _places(wanted.evidence)
            why = "a secret the code cannot do without" if needed else "a secret the code reads; it starts without it"
            found.entries.append(Because(_reference(wanted.name, "secretKeyRef", secret, not needed), why, wanted.evidence))
        else:
            why = f"read by the code; add it to the ConfigMap {config} to set it"
            found.entries.append(Because(_reference(wanted.name, "configMapKeyRef", config, True), why, wanted.evidence))
    return found


def backing_environment(backing: Backing, secret: str) -> Environment:
    """Return the environment of a backing service's own container."""
    found = Environment()
    given: set[str] = set()
    for name, value in backing.spec.environment:
        filled = fill(value, backing.spec, backing.name)
        if _SECRET.search(filled):
            given.add(name)
            _secret_value(found, given, name, filled, secret, "the secret its clients use too", ())
        else:
            found.entries.append(Because({"name": name, "value": dollars(filled)}))
    return found


def command_words(words: Iterable[str], backing: Backing) -> tuple[str, ...]:
    """Return a command with its placeholders filled; secrets become references that the cluster resolves."""
    return tuple(_SECRET.sub(lambda hit: f"$({hit[1]})", dollars(fill(word, backing.spec, backing.name))) for word in words)


def dollars(text: str) -> str:
    """Keep `$(` from being read as a reference to a variable."""
    return text.replace("$(", "$$(")


def _secret_value(
    found: Environment, given: set[str], name: str, value: str, secret: str, why: str, evidence: tuple[Evidence, ...]
) -> None:
    whole = _SECRET.fullmatch(value)
    for key in _SECRET.findall(value):
        found.secrets.setdefault(key, _places(evidence))
        if not whole and key not in given:
            given.add(key)
            found.entries.append(Because(_reference(key, "secretKeyRef", secret, False), "part of the next value", evidence))
    if whole:
        entry: dict[str, Any] = {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": whole[1]}}}
    else:
        entry = {"name": name, "value": _SECRET.sub(lambda hit: f"$({hit[1]})", dollars(value))}
    found.entries.append(Because(entry, why, evidence))


def _reference(name: str, kind: str, owner: str, optional: bool) -> dict[str, Any]:
    return {"name": name, "valueFrom": {kind: {"name": owner, "key": name, **({"optional": True} if optional else {})}}}


def _places(evidence: tuple[Evidence, ...]) -> str:
    return str(evidence[0]) if evidence else ""
