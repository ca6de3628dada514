"""The typed structure of a Compose file; every part knows its 1-based line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from artifacts.dockerfile.model import Fault
from artifacts.yamltree import Node


@dataclass(frozen=True, slots=True)
class PortMapping:
    """One published or reachable port. `published` is "" where the engine picks one; both may be ranges (`8000-8010`)."""

    target: str
    published: str = ""
    host_ip: str = ""
    protocol: str = "tcp"
    line: int = 0

    @property
    def on_every_interface(self) -> bool:
        """Tell whether the port is published on all addresses of the host."""
        return self.host_ip in ("", "0.0.0.0", "::")  # noqa: S104 - compared, nothing is bound

    def text(self) -> str:
        """Return the shortest spelling."""
        head = f"{self.host_ip}:" if self.host_ip else ""
        middle = f"{self.published}:" if self.published or self.host_ip else ""
        tail = f"/{self.protocol}" if self.protocol != "tcp" else ""
        return f"{head}{middle}{self.target}{tail}"


@dataclass(frozen=True, slots=True)
class Dependency:
    """A service this one waits for, and for what."""

    service: str
    condition: str = "service_started"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Mount:
    """One volume of a service. `kind` is `volume`, `bind`, `tmpfs`, ...; `source` is "" for an anonymous volume."""

    kind: str
    source: str
    target: str
    read_only: bool = False
    line: int = 0

    def text(self) -> str:
        """Return the shortest spelling."""
        return ":".join(part for part in (self.source, self.target, "ro" if self.read_only else "") if part)


@dataclass(frozen=True, slots=True)
class Build:
    """How a service's image is built."""

    context: str = "."
    dockerfile: str = ""
    target: str = ""
    args: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    inline: bool = False
    line: int = 0

    def dockerfile_path(self) -> str | None:
        """Return the Dockerfile's path relative to the Compose file, None when it is remote or written inline."""
        if self.inline or "://" in self.context or self.context.startswith(("git@", "/", "~", "$")) or "$" in self.context:
            return None
        parts: list[str] = []
        for part in f"{self.context}/{self.dockerfile or 'Dockerfile'}".split("/"):
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        return "/".join(parts)


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable of a service; `value` is None where it is passed through from the caller."""

    name: str
    value: str | None
    line: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """One service. `node` is its map as written, for what has no field here."""

    name: str
    line: int
    node: Node
    image: str = ""
    build: Build | None = None
    ports: tuple[PortMapping, ...] = ()
    expose: tuple[str, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    environment: tuple[Variable, ...] = ()
    env_files: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    networks: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    health_test: tuple[str, ...] = ()
    health_disabled: bool = False

    @property
    def has_health_check(self) -> bool:
        """Tell whether this file gives it a health check of its own."""
        return bool(self.health_test) and not self.health_disabled

    @property
    def inherits(self) -> bool:
        """Tell whether part of it comes from another definition (`extends`)."""
        return self.node.get("extends") is not None

    def value(self, key: str) -> Any:
        """Return a plain value of its map, None when it is absent."""
        found = self.node.get(key)
        return found.plain() if found is not None else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the scalars of a list as text, the one scalar where no list is given; empty for anything else."""
        found = self.node.get(key)
        items = () if found is None else found.items if found.kind == "list" else (found,)
        return tuple(str(item.value) for item in items if item.kind == "scalar" and item.value is not None)

    def table(self, key: str) -> Mapping[str, Any]:
        """Return a map's plain values; empty for anything else."""
        value = self.value(key)
        return value if isinstance(value, dict) else {}

    def line_of(self, key: str) -> int:
        """Return the line of this key, or the service's own."""
        found = self.node.key(key)
        return found.line if found is not None else self.line


@dataclass(frozen=True, slots=True, eq=False)
class ComposeFile:
    """A whole file. Top-level names map to their lines. `faults` are what keeps it from being read at all."""

    root: Node | None = None
    services: tuple[Service, ...] = ()
    volumes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    networks: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    configs: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    includes: bool = False
    faults: tuple[Fault, ...] = ()

    def service(self, name: str) -> Service | None:
        """Return the service of this name."""
        for service in self.services:
            if service.name == name:
                return service
        return None
