"""A service shares the host's network."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at network_mode, and at ports that it makes void."""
    for service in context.compose.services:
        if service.value("network_mode") == "host":
            extra = "; its `ports` have no effect" if service.ports else ""
            yield Remark(service.line_of("network_mode"), f"{service.name} shares the host's network{extra}")


RULE = Rule(
    id="compose_host_network",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="The host's network is shared",
    why="Every port the process opens is open on the host, it reaches services bound to the host's loopback, and other services no longer "
    "find it by name.",
    good='services:\n  web:\n    build: .\n    ports: ["8000:8000"]\n',
    bad="services:\n  web:\n    build: .\n    network_mode: host\n",
    check=check,
)
