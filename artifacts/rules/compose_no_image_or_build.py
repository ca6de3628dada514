"""A service has neither an image nor a build."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """`extends`, a provider and a file that includes others may bring one from elsewhere."""
    compose = context.compose
    if compose.includes or context.is_fragment:
        return
    for service in compose.services:
        if not service.image and service.build is None and not service.inherits and service.node.get("provider") is None:
            yield Remark(service.line, f"the service {service.name} has neither an image nor a build")


RULE = Rule(
    id="compose_no_image_or_build",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A service without image and build",
    why="Compose has nothing to start and refuses the whole file.",
    good="services:\n  web:\n    build: .\n",
    bad='services:\n  web:\n    ports: ["8000:8000"]\n',
    check=check,
)
