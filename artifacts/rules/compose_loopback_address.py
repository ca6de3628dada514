"""A service is told to find another one on localhost."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose.addresses import BACKING_SCHEMES, LOOPBACK, addresses
from artifacts.images import service_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Count only addresses of backing services, and only where the service has a network of its own."""
    compose = context.compose
    backing = {service.name: kind for service in compose.services if (kind := service_of(service.image))}
    for service in compose.services:
        if service.value("network_mode") in ("host",) or str(service.value("network_mode") or "").startswith(("service:", "container:")):
            continue
        if service.name in backing or not backing:
            continue
        for address in addresses(service):
            database = address.scheme in BACKING_SCHEMES or address.variable.upper().startswith(
                ("DB_", "DATABASE_", "POSTGRES", "MYSQL", "REDIS")
            )
            if address.host in LOOPBACK and database:
                name = min(backing)
                yield Remark(
                    address.line,
                    f"{address.variable} points to {address.host}, which is {service.name} itself; use a service's name such as {name}",
                )


RULE = Rule(
    id="compose_loopback_address",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A database is looked for on localhost",
    why="In a container localhost is the container itself. Other services are reached by their name on the shared network.",
    good="services:\n  web:\n    build: .\n    environment:\n      REDIS_URL: redis://cache:6379/0\n  cache:\n    image: redis:8\n",
    bad="services:\n  web:\n    build: .\n    environment:\n      REDIS_URL: redis://localhost:6379/0\n  cache:\n    image: redis:8\n",
    check=check,
)
