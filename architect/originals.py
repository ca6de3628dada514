"""The text of Compose files and manifests that exist, kept so that a target can add to them without losing a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from architect.reading import CachedTree

TARGETS = ("compose", "kubernetes")
MOST = 30
LARGEST = 100_000
BUDGET = 400_000
"""Characters kept of all files together; what does not fit is left out and cannot be changed."""


def originals(tree: CachedTree, served: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return path -> text of the files that serve these targets, within the budget."""
    found: dict[str, str] = {}
    left = BUDGET
    for target in TARGETS:
        for path in list(served.get(target, ()))[:MOST]:
            text = tree.read(path)
            if text and len(text) <= min(LARGEST, left):
                found[path] = text
                left -= len(text)
    return found
