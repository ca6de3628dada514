"""A database's port is published on every interface of the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from artifacts.images import DATABASES, service_of
from artifacts.mending import with_values
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Addresses such as 127.0.0.1 in front of the port are fine."""
    for service in context.compose.services:
        if service_of(service.image) not in DATABASES:
            continue
        for mapping in service.ports:
            if mapping.on_every_interface:
                yield Remark(
                    mapping.line, f"{service.name} can be reached from the whole network on port {mapping.published or mapping.target}"
                )


def fix(context: Context) -> str | None:
    """Publish on the host's own address only, where the port is written in the short form."""
    edits: list[tuple[tuple[str, ...], object]] = []
    for service in context.compose.services:
        written = service.value("ports")
        short = isinstance(written, list) and all(isinstance(port, str | int) for port in written)
        if service_of(service.image) in DATABASES and short and any(port.on_every_interface for port in service.ports):
            ports = [replace(port, host_ip="127.0.0.1") if port.on_every_interface else port for port in service.ports]
            edits.append((("services", service.name, "ports"), [port.text() for port in ports]))
    return with_values(context.artifact.content, edits)


RULE = Rule(
    id="compose_database_published",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="A database is open to the network",
    why="Published ports pass the host's firewall on Linux. Other services of the file reach the database without it; for a person, "
    "127.0.0.1 in front of the port is enough.",
    good='services:\n  db:\n    image: postgres:17\n    ports: ["127.0.0.1:5432:5432"]\n',
    bad='services:\n  db:\n    image: postgres:17\n    ports: ["5432:5432"]\n',
    check=check,
    fix=fix,
)
