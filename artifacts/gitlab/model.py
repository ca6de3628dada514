"""The records of a GitLab pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from artifacts.dockerfile.model import Fault
from artifacts.yamltree import Node

USUAL_STAGES = (".pre", "build", "test", "deploy", ".post")
RESERVED = frozenset(
    {
        "image",
        "services",
        "stages",
        "types",
        "before_script",
        "after_script",
        "variables",
        "cache",
        "include",
        "default",
        "workflow",
        "spec",
    }
)


@dataclass(frozen=True, slots=True)
class Job:
    """One job, or a hidden one (its name begins with a dot) for others to extend. `keys` are its own and inherited ones."""

    name: str
    node: Node
    line: int
    keys: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    extends: tuple[tuple[str, int], ...] = ()
    needs: tuple[tuple[str, int, bool], ...] = ()
    image: str = ""
    services: tuple[str, ...] = ()
    script: tuple[tuple[str, int], ...] = ()
    incomplete: bool = False

    @property
    def hidden(self) -> bool:
        """Tell whether the job is a template that never runs."""
        return self.name.startswith(".")

    @property
    def text(self) -> str:
        """Return the whole script."""
        return "\n".join(line for line, _ in self.script)

    @property
    def stage(self) -> str:
        """Return the job's stage, `test` where none is named."""
        node = self.keys.get("stage")
        return str(node.value) if node is not None and node.kind == "scalar" and node.value is not None else "test"

    def line_of(self, key: str) -> int:
        """Return the line of a key of the job, the job's own when it is inherited or not there."""
        found = self.node.key(key) if self.node.kind == "map" else None
        return found.line if found is not None else self.line


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline file. `stages` are those it declares, or the usual ones; `includes` that other files belong to it.

    `repeated` are keys given twice, of which the last counts.
    """

    root: Node | None = None
    stages: tuple[str, ...] = USUAL_STAGES
    declared: bool = False
    includes: bool = False
    jobs: tuple[Job, ...] = ()
    repeated: tuple[tuple[str, int], ...] = ()
    faults: tuple[Fault, ...] = ()

    def job(self, name: str) -> Job | None:
        """Return the job of this name."""
        return next((job for job in self.jobs if job.name == name), None)

    def running(self) -> Iterator[Job]:
        """Yield the jobs that are no templates."""
        yield from (job for job in self.jobs if not job.hidden)

    def line_of(self, key: str) -> int | None:
        """Return the line of a key at the top, None when it is not there."""
        found = self.root.key(key) if self.root is not None and self.root.kind == "map" else None
        return found.line if found is not None else None
