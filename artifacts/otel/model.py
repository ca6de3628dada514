"""The records of a collector's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.dockerfile.model import Fault
from artifacts.yamlmap import Step
from artifacts.yamltree import Node

SECTIONS = ("receivers", "processors", "exporters", "connectors", "extensions")
"""Where parts are defined, in the order in which data passes them."""
FLOWING = ("receivers", "processors", "exporters")
"""What a pipeline is made of."""


@dataclass(frozen=True, slots=True)
class Part:
    """One receiver, processor, exporter, connector or extension. `id` is `type` or `type/name`; `path` leads to it from the root."""

    section: str
    id: str
    node: Node
    line: int
    path: tuple[Step, ...]

    @property
    def type(self) -> str:
        """Return what it is, without the name that tells it from others of its type."""
        return self.id.partition("/")[0]

    def scalars(self) -> Iterator[tuple[tuple[str, ...], str, int]]:
        """Yield every setting as its path of keys, its text and its line."""
        stack: list[tuple[tuple[str, ...], Node]] = [((), self.node)]
        while stack:
            keys, node = stack.pop()
            if node.kind == "map":
                stack.extend(((*keys, str(key)), value) for key, _, value in node.entries())
            elif node.kind == "list":
                stack.extend((keys, item) for item in node.items)
            elif node.value is not None:
                yield keys, str(node.value), node.line


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline of a signal (`traces`, `metrics`, `logs`, `profiles`); each reference is a part's id and its line."""

    id: str
    line: int
    path: tuple[Step, ...]
    receivers: tuple[tuple[str, int], ...] = ()
    processors: tuple[tuple[str, int], ...] = ()
    exporters: tuple[tuple[str, int], ...] = ()

    @property
    def signal(self) -> str:
        """Return what flows through it."""
        return self.id.partition("/")[0]

    def of(self, section: str) -> tuple[tuple[str, int], ...]:
        """Return what it takes from one of the three sections."""
        return {"receivers": self.receivers, "processors": self.processors, "exporters": self.exporters}[section]


@dataclass(frozen=True, slots=True)
class Collector:
    """A configuration: what is defined, the pipelines that use it, the extensions that are switched on."""

    root: Node | None = None
    parts: tuple[Part, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    enabled: tuple[tuple[str, int], ...] = ()
    faults: tuple[Fault, ...] = ()

    def section(self, name: str) -> tuple[Part, ...]:
        """Return the parts of a section."""
        return tuple(part for part in self.parts if part.section == name)

    def line_of(self, key: str) -> int | None:
        """Return the line of a key at the top, None when it is not there."""
        found = self.root.key(key) if self.root is not None and self.root.kind == "map" else None
        return found.line if found is not None else None
