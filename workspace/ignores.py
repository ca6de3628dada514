"""Which entries Git would ignore, from `.gitignore` files and `.git/info/exclude`, without starting a Git process."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from pathspec.gitignore import GitIgnoreSpec

from workspace.confined import open_file, read_all
from workspace.errors import WorkspaceError

MAX_FILE_BYTES = 256 * 1024
MAX_LINES = 5_000
IGNORE_FILE = ".gitignore"


@dataclass(frozen=True, slots=True)
class Ignores:
    """The ignore rules in force in one folder: its own and those of every folder above, deepest first."""

    layers: tuple[tuple[str, GitIgnoreSpec], ...] = field(default=())

    def covers(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether an entry is ignored, given that the folder it lies in is not."""
        for base, spec in self.layers:
            inner = path[len(base) :]
            # Without the final slash a folder is compared like a file; with it, patterns for folders apply too.
            verdict = spec.check_file(inner + "/" if is_folder else inner).include
            if verdict is not None:
                return verdict
        return False

    def below(self, folder: int, path: str) -> Ignores:
        """Return the rules in force in a folder, given its handle and its path relative to the root ("" for the root)."""
        layers = self.layers
        if path == "":
            layers = _layer(_exclude_lines(folder), "") + layers
        return Ignores(_layer(_lines(folder, IGNORE_FILE), path + "/" if path else "") + layers)


def _layer(lines: tuple[str, ...], base: str) -> tuple[tuple[str, GitIgnoreSpec], ...]:
    if not lines:
        return ()
    spec = _compile(lines)
    return ((base, spec),) if spec is not None else ()


@lru_cache(maxsize=256)
def _compile(lines: tuple[str, ...]) -> GitIgnoreSpec | None:
    usable = []
    for line in lines:
        with suppress(ValueError):
            GitIgnoreSpec.from_lines([line], backend="simple")
            usable.append(line)
    return GitIgnoreSpec.from_lines(usable) if usable else None


def _lines(folder: int, name: str) -> tuple[str, ...]:
    """Return the patterns of one ignore file; none when it is absent, a link or unreadable, as Git does."""
    try:
        handle, _ = open_file(folder, name, name)
    except WorkspaceError:
        return ()
    try:
        data = read_all(handle, MAX_FILE_BYTES)
    except OSError:
        return ()
    finally:
        os.close(handle)
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = (line.removesuffix("\r") for line in text.split("\n")[:MAX_LINES])
    return tuple(_as_entry_pattern(line) for line in lines if line.strip() and not line.startswith("#"))


def _as_entry_pattern(line: str) -> str:
    """Rewrite `folder/**` so that it matches what is inside the folder and not the folder itself, as in Git."""
    stripped = line.rstrip()
    return stripped + "/*" if stripped.endswith("/**") and stripped.strip("!/") != "**" else line


def _exclude_lines(folder: int) -> tuple[str, ...]:
    opened: list[int] = []
    try:
        for name in (".git", "info"):
            parent = opened[-1] if opened else folder
            opened.append(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent))
        return _lines(opened[-1], "exclude")
    except OSError:
        return ()
    finally:
        for handle in opened:
            os.close(handle)
