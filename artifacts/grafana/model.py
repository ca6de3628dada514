"""The records of a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from artifacts.dockerfile.model import Fault


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel; `path` leads to it from the file's root."""

    expr: str
    line: int
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel, those inside rows included. `place` is x, y, width, height, None where it has none."""

    node: Mapping[str, Any]
    path: tuple[str | int, ...]
    line: int
    id: int | None = None
    kind: str = ""
    title: str = ""
    unit: str = ""
    source: str = ""
    place: tuple[int, int, int, int] | None = None
    queries: tuple[Query, ...] = ()
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard file. `variables` are the names its templating defines."""

    root: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    panels: tuple[Panel, ...] = ()
    variables: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    text: str = ""
    faults: tuple[Fault, ...] = ()
