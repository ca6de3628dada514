"""A service depends on a database without waiting until it is healthy."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import DATABASES, service_of
from artifacts.mending import with_values
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at depends_on entries that lead to a known database, cache or broker."""
    compose = context.compose
    for service in compose.services:
        for dependency in service.depends_on:
            other = compose.service(dependency.service)
            if other is not None and dependency.condition == "service_started" and service_of(other.image) in DATABASES:
                yield Remark(
                    dependency.line,
                    f"{service.name} starts as soon as {other.name} runs, not when it is ready; use condition: service_healthy",
                )


def fix(context: Context) -> str | None:
    """Wait for health where the service waited for has a health check."""
    compose = context.compose
    edits: list[tuple[tuple[str, ...], object]] = []
    for service in compose.services:
        ready = {item.service for item in service.depends_on if (other := compose.service(item.service)) and other.has_health_check}
        waits = [item for item in service.depends_on if item.condition == "service_started" and item.service in ready]
        if waits and isinstance(service.value("depends_on"), list):
            conditions = {
                item.service: {"condition": "service_healthy" if item in waits else item.condition} for item in service.depends_on
            }
            edits.append((("services", service.name, "depends_on"), conditions))
        else:
            edits += [(("services", service.name, "depends_on", item.service, "condition"), "service_healthy") for item in waits]
    return with_values(context.artifact.content, edits)


RULE = Rule(
    id="compose_dependency_without_condition",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="Starting before the database is ready",
    why="The short form of depends_on orders starts, nothing more. The application then meets a database that still refuses connections.",
    good="services:\n  web:\n    build: .\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n    image: postgres:17\n"
    '    healthcheck:\n      test: ["CMD", "pg_isready"]\n',
    bad="services:\n  web:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:17\n    healthcheck:\n      "
    'test: ["CMD", "pg_isready"]\n',
    check=check,
    fix=fix,
)
