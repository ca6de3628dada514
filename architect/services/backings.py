"""The backing services of a whole repository: one server a kind, under a name of its own, with the host names its clients expect."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from architect.profile import Component, Fact
from architect.services import SERVICES
from architect.services.clients import aliases
from architect.services.spec import ServiceSpec


@dataclass(frozen=True, slots=True)
class Backing:
    """A backing service as it is run: its name, the firmest fact that needs it, and further host names it answers to."""

    spec: ServiceSpec
    name: str
    fact: Fact[str]
    aliases: tuple[str, ...] = ()


def backings(components: Sequence[Component], taken: Collection[str] = ()) -> tuple[Backing, ...]:
    """Return the services these components need, databases first; `taken` are names used for something else.

    A variant (`pgvector`) serves those that need its plain form too. A host name that the repository's settings use is
    an alias unless something else bears it.
    """
    facts: dict[str, Fact[str]] = {}
    hosts: dict[str, dict[str, None]] = {}
    for component in components:
        for fact in component.services:
            spec = SERVICES.get(fact.value)
            if spec is None:
                continue
            known = facts.get(spec.id)
            facts[spec.id] = fact if known is None or (fact.firm and not known.firm) else known
            hosts.setdefault(spec.id, {}).update(dict.fromkeys(aliases(spec, fact, component.variables)))
    varied = {SERVICES[service].kind for service in facts if service != SERVICES[service].kind}
    found: list[Backing] = []
    used = set(taken)
    for service, spec in SERVICES.items():
        if service not in facts or (service == spec.kind and service in varied):
            continue
        name = service if service not in used else f"{service}-server"
        used.add(name)
        found.append(Backing(spec, name, facts[service]))
    result: list[Backing] = []
    for backing in found:
        free = tuple(host for host in hosts[backing.spec.id] if host not in used)
        used.update(free)
        result.append(replace(backing, aliases=free))
    return tuple(result)


def needed_by(component: Component, given: Sequence[Backing]) -> list[Backing]:
    """Return those of the given services that a component needs."""
    kinds = {SERVICES[fact.value].kind for fact in component.services if fact.value in SERVICES}
    return [backing for backing in given if backing.spec.kind in kinds]
