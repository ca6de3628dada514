"""A plain folder as the architect's Tree, for tests; the workspace has the real, confined one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

IGNORED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", "target", ".next", ".tox", ".mypy_cache"})


class FolderTree:
    """Reads below one folder; ignores what a repository ignores."""

    def __init__(self, root: str | Path, name: str | None = None) -> None:
        self.root = Path(root)
        self.name = name or self.root.name
        self._paths: tuple[str, ...] | None = None

    def paths(self) -> Sequence[str]:
        if self._paths is None:
            found = []
            for folder, folders, names in os.walk(self.root):
                folders[:] = sorted(set(folders) - IGNORED)
                base = os.path.relpath(folder, self.root)
                found += [name if base == "." else f"{base}/{name}" for name in names]
            self._paths = tuple(sorted(found, key=lambda path: (path.count("/"), path)))
        return self._paths

    def read(self, path: str, limit: int = 262_144) -> str | None:
        try:
            with open(self.root / path, "rb") as file:
                data = file.read(limit)
        except OSError:
            return None
        return None if b"\0" in data[:4096] else data.decode("utf-8", "replace")


class TextTree:
    """A repository written down in the test: `TextTree({"app.py": "..."})`."""

    def __init__(self, files: Mapping[str, str], name: str = "sample") -> None:
        self.files = dict(files)
        self.name = name

    def paths(self) -> Sequence[str]:
        return sorted(self.files, key=lambda path: (path.count("/"), path))

    def read(self, path: str, limit: int = 262_144) -> str | None:
        text = self.files.get(path)
        return None if text is None else text[:limit]
