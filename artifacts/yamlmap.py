"""Small words for reading YAML trees whose shape is not certain: texts, lists of texts, maps, and steps of a path."""

from __future__ import annotations

from artifacts.workflows.reader import mapping, text_of, texts_of
from artifacts.yamledit import Step
from artifacts.yamltree import Node

__all__ = ["Step", "items_of", "mapping", "text_of", "texts_of"]


def items_of(node: Node | None) -> tuple[Node, ...]:
    """Return a list's items, empty for anything else."""
    return node.items if node is not None and node.kind == "list" else ()
