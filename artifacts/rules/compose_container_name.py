"""A service has a fixed container name."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.mending import with_values
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.yamledit import MISSING


def check(context: Context) -> Iterator[Remark]:
    """Look for container_name; two equal ones are an error of their own."""
    for service in context.compose.services:
        name = service.value("container_name")
        if not isinstance(name, str) or not name:
            continue
        yield Remark(
            service.line_of("container_name"),
            f"{service.name} has the fixed container name {name}, so it cannot be scaled or run twice on a host",
        )


def fix(context: Context) -> str | None:
    """Remove the fixed names."""
    return with_values(
        context.artifact.content,
        [
            (("services", service.name, "container_name"), MISSING)
            for service in context.compose.services
            if service.value("container_name")
        ],
    )


RULE = Rule(
    id="compose_container_name",
    kind=Kind.COMPOSE,
    severity=Severity.HINT,
    title="A fixed container name",
    why="Names are unique on a host: a second copy of the project, or a second replica, fails to start. Services find "
    "each other by service name.",
    good="services:\n  web:\n    build: .\n",
    bad="services:\n  web:\n    build: .\n    container_name: web\n",
    check=check,
    fix=fix,
)
