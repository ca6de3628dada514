"""The seam through which the architect reads a repository; the workspace implements it, tests use a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Tree(Protocol):
    """A repository's files. Paths are POSIX, relative to its root; ignored folders (`node_modules`, `.git`, ...) are left out."""

    @property
    def name(self) -> str:
        """Return the repository's name, used for images and services."""

    def paths(self) -> Sequence[str]:
        """Return every listed file, sorted, shallow folders first; bounded in number."""

    def read(self, path: str, limit: int = 262_144) -> str | None:
        """Return up to `limit` characters of a text file; None when absent, binary, denied or unreadable."""
