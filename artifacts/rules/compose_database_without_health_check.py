"""A database has no health check."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import DATABASES, service_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at services whose image is a known database, cache or broker."""
    for service in context.compose.services:
        kind = service_of(service.image)
        if kind in DATABASES and not service.health_test and not service.health_disabled and not service.inherits:
            yield Remark(service.line, f"{service.name} ({kind}) has no health check")


RULE = Rule(
    id="compose_database_without_health_check",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="A database without a health check",
    why="A database container runs seconds before it accepts connections. Without a check, nothing can wait for it, and the application "
    "fails on its first start.",
    good='services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: ["CMD", "pg_isready"]\n',
    bad="services:\n  db:\n    image: postgres:17\n",
    check=check,
)
