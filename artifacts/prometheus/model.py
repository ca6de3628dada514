"""The records of Prometheus files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from artifacts.dockerfile.model import Fault
from artifacts.yamlmap import Step
from artifacts.yamltree import Node


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: an alert, or a series that is recorded. `path` leads to it from the file's root."""

    node: Node
    line: int
    path: tuple[Step, ...]
    alert: str = ""
    record: str = ""
    expr: str = ""
    expr_line: int = 0
    lasts: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    annotations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """Return the alert's or the series' name."""
        return self.alert or self.record


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rules that are computed together."""

    name: str
    line: int
    interval: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a scrape configuration. `discovery` names how targets are found besides those that are written down."""

    name: str
    node: Node
    line: int
    path: tuple[Step, ...]
    metrics_path: str = "/metrics"
    targets: tuple[str, ...] = ()
    discovery: tuple[str, ...] = ()
    interval: str = ""
    timeout: str = ""

    def line_of(self, key: str) -> int:
        """Return the line of a key of the job, the job's own when it is not there."""
        found = self.node.key(key)
        return found.line if found is not None else self.line


@dataclass(frozen=True, slots=True)
class PrometheusFile:
    """A scrape configuration (`jobs`), a file of rules (`groups`), or an unreadable one."""

    root: Node | None = None
    interval: str = ""
    timeout: str = ""
    rule_files: tuple[str, ...] = ()
    jobs: tuple[Job, ...] = ()
    groups: tuple[Group, ...] = ()
    faults: tuple[Fault, ...] = ()

    def rules(self) -> Iterator[Rule]:
        """Yield the rules of all groups."""
        for group in self.groups:
            yield from group.rules

    def line_of(self, key: str) -> int | None:
        """Return the line of a key at the top, None when it is not there."""
        found = self.root.key(key) if self.root is not None and self.root.kind == "map" else None
        return found.line if found is not None else None
