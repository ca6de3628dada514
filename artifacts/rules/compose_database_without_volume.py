"""A database keeps its data in the container."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import service_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_KEEP = frozenset({"postgres", "mysql", "mongodb", "mssql", "clickhouse", "cassandra", "neo4j", "elasticsearch", "minio"})


def check(context: Context) -> Iterator[Remark]:
    """Caches and brokers may be empty after a restart; a tmpfs is a decision."""
    for service in context.compose.services:
        kind = service_of(service.image)
        if kind in _KEEP and not service.mounts and not service.inherits:
            yield Remark(service.line, f"{service.name} ({kind}) has no volume; its data goes with the container")


RULE = Rule(
    id="compose_database_without_volume",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="A database without a volume",
    why="`docker compose down`, an update of the image or a changed setting replaces the container, and all data with it.",
    good='services:\n  db:\n    image: postgres:17\n    volumes: ["data:/var/lib/postgresql/data"]\nvolumes:\n  data:\n',
    bad="services:\n  db:\n    image: postgres:17\n",
    check=check,
)
