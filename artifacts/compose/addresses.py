"""Addresses in environment values: which host and port a service is told to reach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.compose.model import Service
from artifacts.compose.reader import interpolated

_URL = re.compile(
    r"^(?:jdbc:)?([a-z][a-z0-9+.-]*)://(?:[^\s/@]*@)?(\[[0-9a-f:]+\]|[^\s/:?#,@]+)(?::(\d{1,5}))?(?=[/?#,;\s]|$)", re.IGNORECASE
)
_HOST_NAME = re.compile(r"(?:^|_)HOST(?:NAME)?$", re.IGNORECASE)
_NAME = re.compile(r"^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$", re.IGNORECASE)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
BACKING_SCHEMES = frozenset(
    {"postgres", "postgresql", "mysql", "mariadb", "mongodb", "redis", "rediss", "amqp", "amqps", "sqlserver", "nats", "clickhouse"}
    | {"postgresql+psycopg", "postgresql+psycopg2", "postgresql+asyncpg", "mysql+pymysql", "mysql2", "mysql+aiomysql"}
)


@dataclass(frozen=True, slots=True)
class Address:
    """One address a variable holds; `scheme` is "" for a bare host variable such as DB_HOST."""

    variable: str
    scheme: str
    host: str
    port: int | None
    line: int


def addresses(service: Service) -> Iterator[Address]:
    """Yield the addresses in a service's environment, defaults of `${NAME:-...}` filled in."""
    for variable in service.environment[:500]:
        if variable.value is None or len(variable.value) > 2000:
            continue
        value = interpolated(variable.value).strip()
        match = _URL.match(value)
        if match is not None:
            port = int(match[3]) if match[3] else None
            yield Address(variable.name, match[1].lower(), match[2].lower(), port, variable.line)
        elif _HOST_NAME.search(variable.name) and value.lower() in LOOPBACK:
            yield Address(variable.name, "", value.lower(), None, variable.line)


def is_plain_name(host: str) -> bool:
    """Tell whether a host can only be a service's name: no dot, no variable, no address."""
    return bool(_NAME.match(host)) and not host.isdigit()
