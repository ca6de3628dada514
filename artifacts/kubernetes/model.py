"""The typed structure of a manifest: objects and kustomizations; every part knows its 1-based line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from artifacts.dockerfile.model import Fault
from artifacts.yamltree import Node

if TYPE_CHECKING:
    from artifacts.kubernetes.pods import Pod

Step = str | int


def at(node: Node | None, *path: Step) -> Node | None:
    """Return the node at a path of keys and list positions, None when there is none."""
    found = node
    for step in path:
        if found is None:
            return None
        if isinstance(step, int):
            found = found.items[step] if found.kind == "list" and 0 <= step < len(found.items) else None
        else:
            found = found.get(step) if found.kind == "map" else None
    return found


def text_of(node: Node | None) -> str:
    """Return a scalar as text, "" for anything else."""
    if node is None or node.kind != "scalar" or node.value is None:
        return ""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return str(node.value)


def number_of(node: Node | None) -> int | None:
    """Return a scalar that is a whole number, None for anything else; text that looks like one does not count."""
    value = node.value if node is not None and node.kind == "scalar" else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def items_of(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list, nothing for anything else."""
    return node.items if node is not None and node.kind == "list" else ()


def texts_of(node: Node | None) -> Mapping[str, str]:
    """Return a map of scalars as texts; other values are left out."""
    if node is None or node.kind != "map":
        return MappingProxyType({})
    return MappingProxyType({name: text_of(value) for name, _, value in node.entries() if value.kind == "scalar"})


@dataclass(frozen=True, slots=True, eq=False)
class KubeObject:
    """One object of a manifest. `node` is its map as written; `document` the number of its YAML document in the file.

    `listed` is true where it stands in the items of a List.
    """

    api_version: str
    kind: str
    name: str
    namespace: str
    line: int
    node: Node
    document: int = 0
    listed: bool = False
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    annotations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def group(self) -> str:
        """Return the API group, "" for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def title(self) -> str:
        """Return `Kind name`, as messages call it."""
        return f"{self.kind} {self.name}" if self.name else self.kind

    def at(self, *path: Step) -> Node | None:
        """Return the node at a path, None when there is none."""
        return at(self.node, *path)

    def value(self, *path: Step) -> Any:
        """Return the plain value at a path, None when there is none."""
        found = self.at(*path)
        return found.plain() if found is not None else None

    def text(self, *path: Step) -> str:
        """Return the scalar at a path as text, "" when there is none."""
        return text_of(self.at(*path))

    def items(self, *path: Step) -> tuple[Node, ...]:
        """Return the list at a path, nothing when there is none."""
        return items_of(self.at(*path))

    def line_of(self, *path: Step) -> int:
        """Return the line of the deepest part of the path that exists, the object's own line when none does."""
        line, node = self.line, self.node
        for step in path:
            following = at(node, step)
            if following is None:
                break
            key = node.key(step) if isinstance(step, str) else None
            line, node = (key.line if key is not None else following.line), following
        return line


@dataclass(frozen=True, slots=True)
class ImageChange:
    """What a kustomization makes of an image name; "" where it changes nothing."""

    name: str
    new_name: str = ""
    new_tag: str = ""
    digest: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Kustomization:
    """A kustomization file: what it gathers and what it changes. `generated` are names of ConfigMaps and Secrets it makes."""

    node: Node
    line: int
    resources: tuple[tuple[str, int], ...] = ()
    images: tuple[ImageChange, ...] = ()
    namespace: str = ""
    name_prefix: str = ""
    name_suffix: str = ""
    config_maps: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    component: bool = False

    @property
    def renames(self) -> bool:
        """Tell whether objects get other names than their files say."""
        return bool(self.name_prefix or self.name_suffix)


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """A whole file. `pods` are those its objects make; `faults` are what keeps it from being read at all."""

    documents: tuple[Node, ...] = ()
    objects: tuple[KubeObject, ...] = ()
    pods: tuple[Pod, ...] = ()
    kustomization: Kustomization | None = None
    faults: tuple[Fault, ...] = ()

    def of(self, *kinds: str) -> Iterator[KubeObject]:
        """Yield the objects of these kinds, in the order of the file."""
        return (item for item in self.objects if item.kind in kinds)
