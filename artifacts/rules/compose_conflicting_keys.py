"""Keys of a service, or of two services, exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at network_mode beside networks, and at container names that cannot be unique."""
    names: dict[str, str] = {}
    for service in context.compose.services:
        if service.value("network_mode") and service.networks:
            yield Remark(service.line_of("network_mode"), f"{service.name} has both network_mode and networks; only one of them is allowed")
        name = service.value("container_name")
        if not isinstance(name, str) or not name or "$" in name:
            continue
        line = service.line_of("container_name")
        copies = service.value("scale") or service.table("deploy").get("replicas")
        if isinstance(copies, int) and copies > 1:
            yield Remark(line, f"{service.name} has a fixed container name and {copies} copies, which would all need it")
        if name in names:
            yield Remark(line, f"{service.name} and {names[name]} have the same container name {name}")
        names[name] = service.name


RULE = Rule(
    id="compose_conflicting_keys",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="Keys that exclude each other",
    why="Compose refuses a service with both network_mode and networks, and container names that two containers would have to share.",
    good="services:\n  web:\n    build: .\n    networks: [front]\nnetworks:\n  front:\n",
    bad="services:\n  web:\n    build: .\n    network_mode: host\n    networks: [front]\nnetworks:\n  front:\n",
    check=check,
)
