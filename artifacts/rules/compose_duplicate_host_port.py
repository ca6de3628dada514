"""Two services publish the same port of the host."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose import PortMapping
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Services of different profiles may be meant as alternatives; distinct host addresses do not clash."""
    taken: dict[tuple[int, str], list[tuple[str, PortMapping, frozenset[str]]]] = {}
    for service in context.compose.services:
        profiles = frozenset(service.texts("profiles"))
        for mapping in service.ports:
            for port in _numbers(mapping):
                key = (port, mapping.protocol)
                for other, others, others_profiles in taken.get(key, []):
                    clash = others.host_ip == mapping.host_ip or others.on_every_interface or mapping.on_every_interface
                    together = not profiles or not others_profiles or bool(profiles & others_profiles)
                    if clash and together and not (other == service.name and mapping.text() in _texts(service.ports, mapping)):
                        yield Remark(mapping.line, f"{service.name} publishes port {port}, which {other} publishes already")
                        break
                taken.setdefault(key, []).append((service.name, mapping, profiles))


def _texts(ports: tuple[PortMapping, ...], mapping: PortMapping) -> set[str]:
    """Return the same service's equal mappings: Compose merges those."""
    return {port.text() for port in ports if port is not mapping}


def _numbers(mapping: PortMapping) -> range:
    first, _, last = mapping.published.partition("-")
    if not first.isdigit() or len(first) > 5 or (last and (not last.isdigit() or len(last) > 5)) or last:
        return range(0)
    return range(int(first), int(first) + 1)


RULE = Rule(
    id="compose_duplicate_host_port",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A host port is published twice",
    why="The second container fails to start: port is already allocated.",
    good='services:\n  web:\n    build: .\n    ports: ["8000:8000"]\n  admin:\n    build: admin\n    ports: ["8001:8000"]\n',
    bad='services:\n  web:\n    build: .\n    ports: ["8000:8000"]\n  admin:\n    build: admin\n    ports: ["8000:80"]\n',
    check=check,
)
