"""A volume of a service has no target or too many parts."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose.values import mount_problem
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at both syntaxes of `volumes`; the schema takes any text."""
    for service in context.compose.services:
        volumes = service.node.get("volumes")
        for item in volumes.items if volumes is not None and volumes.kind == "list" else ():
            if item.kind == "map":
                if item.get("target") is None:
                    yield Remark(item.line, f"{service.name}: a volume in long syntax has no target")
            elif isinstance(item.value, str) and (problem := mount_problem(item.value)):
                yield Remark(item.line, f"{service.name}: {problem}")


RULE = Rule(
    id="compose_invalid_mount",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A volume without target",
    why="Compose refuses the whole file when a volume does not say where it is mounted, or has more parts than source, target and mode.",
    good='services:\n  web:\n    build: .\n    volumes: ["./config:/etc/app:ro"]\n',
    bad='services:\n  web:\n    build: .\n    volumes: ["./config::/etc/app:ro"]\n',
    check=check,
)
