"""The numeric accounts that the images of backing services run as: a cluster that forbids root must be told the number."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from architect.services.spec import ServiceSpec

_ALPINE_POSTGRES = (70, 70)
_DEBIAN = (999, 999)

_ACCOUNTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    # uid and gid as each image's own build file creates them
    {
        "postgres": _ALPINE_POSTGRES,
        "postgis": _ALPINE_POSTGRES,
        "pgvector": _DEBIAN,
        "mysql": _DEBIAN,
        "mariadb": _DEBIAN,
        "mongodb": _DEBIAN,
        "mssql": (10001, 10001),
        "redis": (999, 1000),
        "valkey": (999, 1000),
        "rabbitmq": (100, 101),
        "kafka": (1000, 1000),
        "elasticsearch": (1000, 1000),
        "opensearch": (1000, 1000),
        "memcached": (11211, 11211),
        "clickhouse": (101, 101),
    }
)
_ANY = (1000, 1000)
"""Programs without an account of their own (NATS, MinIO, Mailpit) run as any."""

DATA_BELOW: Mapping[str, str] = MappingProxyType({"mysql": "data", "mariadb": "data", "kafka": "data"})
"""Services that refuse a folder with anything foreign in it, such as a new disk's lost+found: their data goes one level down."""

OWN_FOLDER: Mapping[str, tuple[str, str]] = MappingProxyType(
    {name: ("PGDATA", "/var/lib/postgresql/data/pgdata") for name in ("postgres", "postgis", "pgvector")}
)
"""Services that insist on making their data folder themselves: the variable that names it, and a folder below the volume."""


def account(spec: ServiceSpec) -> tuple[int, int]:
    """Return uid and gid of a service's image."""
    return _ACCOUNTS.get(spec.id, _ANY)
