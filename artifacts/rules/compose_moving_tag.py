"""A service's image has no version."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose.reader import interpolated
from artifacts.images import is_moving
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Images that are built here and variables without a default do not count."""
    for service in context.compose.services:
        image = interpolated(service.image)
        if image and service.build is None and "$" not in image and is_moving(image):
            yield Remark(service.line_of("image"), f"{service.name} uses {image}, which names no version")


RULE = Rule(
    id="compose_moving_tag",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="An image without a version",
    why="The next pull may bring another major version. A database then refuses its own data directory.",
    good="services:\n  cache:\n    image: redis:8.2-alpine\n",
    bad="services:\n  cache:\n    image: redis:latest\n",
    check=check,
)
