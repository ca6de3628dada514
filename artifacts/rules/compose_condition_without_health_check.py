"""A service waits until another is healthy, which has no health check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from artifacts.compose import Service
from artifacts.dockerfile import image_of, read_dockerfile
from artifacts.images import service_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Only where it is known: backing services' images bring none, and Dockerfiles of the same answer can be read."""
    compose = context.compose
    for service in compose.services:
        for dependency in service.depends_on:
            other = compose.service(dependency.service)
            if dependency.condition == "service_healthy" and other is not None and _lacks_health_check(context, other):
                yield Remark(dependency.line, f"{service.name} waits until {other.name} is healthy, but {other.name} has no health check")


def _lacks_health_check(context: Context, service: Service) -> bool:
    if service.health_disabled:
        return True
    if service.health_test or service.inherits or service.node.get("healthcheck") is not None:
        return False
    if service.build is None:
        return service_of(service.image) is not None
    built = service.build.dockerfile_path()
    path = str(PurePosixPath(context.artifact.path).parent / built) if built is not None else ""
    for artifact in context.artifacts:
        if artifact.path == path and artifact.kind is Kind.DOCKERFILE:
            image = image_of(read_dockerfile(artifact.content), service.build.target or None)
            return image is not None and image.health is None
    return False


RULE = Rule(
    id="compose_condition_without_health_check",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="Waiting for health that is never reported",
    why="A container without a health check never becomes healthy. Compose stops with `dependency failed to start: has "
    "no healthcheck configured`.",
    good="services:\n  web:\n    build: .\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n    image: postgres:17\n"
    '    healthcheck:\n      test: ["CMD", "pg_isready"]\n',
    bad="services:\n  web:\n    build: .\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n    image: postgres:17\n",
    check=check,
)
