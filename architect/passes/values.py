"""Edits of YAML that a pass makes: a value set where it is missing, an item added to a list, with the rest of the text as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from artifacts.errors import DecisionNotTakeable, UnreadableArtifact
from artifacts.kubernetes.model import at
from artifacts.yamledit import Step, dump, set_value
from artifacts.yamltree import Node, read_documents

Apply = Callable[[str], str | None]


def setting(path: Sequence[Step], value: Any, document: int = 0) -> Apply:
    """Return the edit that sets a value, leaving a value that is there alone."""

    def apply(text: str) -> str | None:
        found = _find(text, document, path)
        return None if found is not None and found.value is not None else _set(text, document, path, value)

    return apply


def replacing(path: Sequence[Step], value: Any, document: int = 0) -> Apply:
    """Return the edit that puts another value in the place of one that is there."""
    return lambda text: _set(text, document, path, value)


def adding(path: Sequence[Step], item: Any, document: int = 0) -> Apply:
    """Return the edit that adds an item to a list, or makes the list; nothing where the item is there."""

    def apply(text: str) -> str | None:
        found = _find(text, document, path)
        if found is None or found.kind != "list":
            return _set(text, document, path, [item]) if found is None or found.value is None else None
        if item in found.plain():
            return None
        if found.flow or not found.items or found.anchored:
            return None if found.anchored else _set(text, document, path, [*found.plain(), item])
        lines = text.split("\n")
        lines[found.end_line : found.end_line] = dump([item], found.column)
        return "\n".join(lines)

    return apply


def variable(path: Sequence[Step], name: str, value: str, document: int = 0) -> Apply:
    """Return the edit that sets an environment variable, in a map or in a list of `NAME=value`; one that is set stays."""

    def apply(text: str) -> str | None:
        found = _find(text, document, path)
        if found is not None and found.kind == "list":
            taken = any(str(item).partition("=")[0] == name for item in found.plain())
            return None if taken else adding(path, f"{name}={value}", document)(text)
        return setting((*path, name), value, document)(text)

    return apply


def several(*edits: Apply) -> Apply:
    """Return the edit that makes all of these, or none where one of them cannot be made."""

    def apply(text: str) -> str | None:
        changed: str | None = text
        for edit in edits:
            changed = edit(changed) if changed is not None else None
        return changed

    return apply


def _find(text: str, document: int, path: Sequence[Step]) -> Node | None:
    try:
        documents = read_documents(text)
    except UnreadableArtifact:
        return None
    return at(documents[document], *path) if document < len(documents) else None


def _set(text: str, document: int, path: Sequence[Step], value: Any) -> str | None:
    try:
        return set_value(text, document, path, value)
    except (DecisionNotTakeable, UnreadableArtifact, IndexError):
        return None
