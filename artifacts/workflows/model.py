"""The records of a GitHub workflow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from artifacts.dockerfile.model import Fault
from artifacts.yamltree import Node

EXPRESSION = re.compile(r"\$\{\{((?:[^$}]|\$(?!\{\{)|\}(?!\}))*+)\}\}")
"""One that ends before the next begins: looking for the end of each to the end of the text would take hours on a text of openings."""
_COMMIT = re.compile(r"^[0-9a-f]{40}$|^[0-9a-f]{64}$")
_FULL = re.compile(r"^v?\d+\.\d+")
_MAJOR = re.compile(r"^v?\d+$")


@dataclass(frozen=True, slots=True)
class Use:
    """An action as a step names it. `pin` is `commit`, `full`, `major`, `branch`, `none`, or `local` for paths and images."""

    text: str
    name: str
    ref: str
    pin: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `position` is its place in the job, from 0."""

    node: Node
    position: int
    line: int
    id: str = ""
    name: str = ""
    use: Use | None = None
    run: str = ""
    run_line: int = 0
    condition: str = ""
    inputs: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    env: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    shell: str = ""

    def text(self, key: str) -> str:
        """Return an input of the action as text, "" when it is not given."""
        node = self.inputs.get(key)
        if node is None or node.kind != "scalar" or node.value is None:
            return ""
        return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `called` names a reusable workflow it calls instead of having steps."""

    id: str
    node: Node
    line: int
    needs: tuple[tuple[str, int], ...] = ()
    called: str = ""
    runners: str = ""
    condition: str = ""
    outputs: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    services: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    permissions: Node | None = None
    shell: str = ""
    steps: tuple[Step, ...] = ()

    def line_of(self, key: str) -> int:
        """Return the line of a key of the job, the job's own when it is not there."""
        found = self.node.key(key) if self.node.kind == "map" else None
        return found.line if found is not None else self.line


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file; `triggers` maps each event to its settings, None where it has none."""

    root: Node | None = None
    triggers: Mapping[str, Node | None] = field(default_factory=lambda: MappingProxyType({}))
    jobs: tuple[Job, ...] = ()
    permissions: Node | None = None
    shell: str = ""
    faults: tuple[Fault, ...] = ()

    def job(self, name: str) -> Job | None:
        """Return the job of this id."""
        return next((job for job in self.jobs if job.id == name), None)

    def steps(self) -> Iterator[tuple[Job, Step]]:
        """Yield every step with its job."""
        for job in self.jobs:
            for step in job.steps:
                yield job, step

    def line_of(self, key: str) -> int | None:
        """Return the line of a key at the top, None when it is not there."""
        found = self.root.key(key) if self.root is not None and self.root.kind == "map" else None
        return found.line if found is not None else None


def use_of(text: str) -> Use:
    """Take a `uses:` value apart."""
    body = text.strip()
    if body.startswith(("./", "../", "docker://")):
        return Use(body, body, "", "local")
    name, at, ref = body.partition("@")
    if not at or not ref:
        return Use(body, name, "", "none")
    pin = "commit" if _COMMIT.match(ref) else "full" if _FULL.match(ref) else "major" if _MAJOR.match(ref) else "branch"
    return Use(body, name, ref, pin)
