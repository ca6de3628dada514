"""The record of one backing service: its image, how to run it and what its clients need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """One backing service as a container.

    `kind` is what an expectation asks for (`postgis` and `pgvector` are of kind `postgres`); `health` a check in exec
    form that the image itself can run. `environment`, `command` and `client` values may hold the placeholders
    `{host}`, `{port}`, `{user}`, `{database}`, `{scheme}`, `{url}` and `{secret:NAME}`; the last is a value that must
    come from outside. `client` maps a regular expression over the names of environment variables to the value a
    client expects there; `convention` is the variable to set when the code names none.
    `drivers` maps an ecosystem to the packages that cannot work without this service; `helpers` are packages that
    often run without it, so that one of them alone is no firm proof.
    """

    id: str
    label: str
    kind: str
    image: str
    port: int
    scheme: str
    url: str
    health: tuple[str, ...]
    volume: str | None
    convention: str
    user: str = "app"
    database: str = "app"
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    client: tuple[tuple[str, str], ...] = ()
    drivers: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    helpers: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    tmpfs: tuple[str, ...] = ()
    run_as: str | None = None
    memory: str = "512M"
    start_period: int = 10

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the names of the secrets this service and its clients share."""
        found: dict[str, None] = {}
        for text in (self.url, *self.command, *self.health, *(value for _, value in self.environment)):
            for piece in text.split("{secret:")[1:]:
                found[piece.split("}", 1)[0]] = None
        return tuple(found)


def names(**ecosystems: str) -> Mapping[str, frozenset[str]]:
    """Read a driver table written as space-separated package names an ecosystem."""
    return MappingProxyType({ecosystem: frozenset(text.split()) for ecosystem, text in ecosystems.items()})
