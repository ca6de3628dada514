"""Trust: an opened folder is Restricted until its owner says otherwise, and whatever writes or runs asks here first (SECURITY 4)."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from workspace import confined, private
from workspace.confined import Root
from workspace.errors import Restricted, WorkspaceError, WriteFailed

MAX_REMEMBERED = 1_000
MAX_CONFIG = 256 * 1024
ALLOWS = (
    "Write files you apply, and take them back",
    "Run Git here: status, branches, commits, pull and push, without the repository's hooks, filters and programs",
    "Run the commands you confirm, one by one, and build images to prove a result",
)
"""What a click on Trust allows, in the words the page shows."""

_SECTION = re.compile(r"^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+\"((?:[^\"\\]|\\.)*)\")?\s*\]\s*(.*)$")
_URL = re.compile(r"^\s*url\s*=\s*(.*?)\s*$", re.IGNORECASE)


class Act(StrEnum):
    """What needs trust, in words that end the sentence 'so the program may not ... here'."""

    WRITE = "write files"
    GIT = "run Git"
    RUN = "run commands"
    PROVE = "build images"


class Gate(Protocol):
    """Says whether a folder is trusted. It is asked at each act, so that a click on Trust, or its withdrawal, holds at once."""

    def trusts(self, root: Root) -> bool:
        """Tell whether what writes or runs may do so in this folder now."""
        ...


@dataclass(frozen=True, slots=True)
class _Always:
    answer: bool

    def trusts(self, root: Root) -> bool:
        return self.answer


CLOSED: Gate = _Always(False)
"""Nothing is trusted: what a folder gets that was opened without a word about trust."""

OPEN: Gate = _Always(True)
"""For folders this program made itself, and for what a user asked of their own folder on the command line."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A gate with a second word in it: `may` is asked too, at each act, for example whether a colleague may only look."""

    inner: Gate
    may: Callable[[], bool]

    def trusts(self, root: Root) -> bool:
        """Tell whether both say yes."""
        return self.may() and self.inner.trusts(root)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the owner trusted, remembered by path and origin in the data folder (0600); `made` are folders of the program's own making."""

    file: Path
    made: tuple[Path, ...] = ()

    def trusts(self, root: Root) -> bool:
        """Tell whether this path was trusted while it had the origin it has now; a file that cannot be read trusts nothing."""
        if any(root.path.is_relative_to(folder) for folder in self.made):
            return True
        entries = self._entries()
        return str(root.path) in entries and entries[str(root.path)].origin == origin_of(root)

    def grant(self, root: Root) -> None:
        """Remember the folder as trusted with the origin it has now. Raises WriteFailed."""
        with self._changing() as entries:
            entries[str(root.path)] = _Entry(str(root.path), origin_of(root), time.time())

    def withdraw(self, root: Root) -> None:
        """Forget that the folder was trusted. Raises WriteFailed."""
        with self._changing() as entries:
            entries.pop(str(root.path), None)

    def _entries(self) -> dict[str, _Entry]:
        try:
            raw = json.loads(self.file.read_bytes())
            found = [_Entry(str(item["path"]), str(item["origin"]), float(item["when"])) for item in raw["trusted"]]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return {entry.path: entry for entry in found}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, _Entry]]:
        """Hold the file over threads and processes, and write what became of it in one step."""
        try:
            with private.held(self.file):
                entries = self._entries()
                yield entries
                kept = sorted(entries.values(), key=lambda entry: entry.when, reverse=True)[:MAX_REMEMBERED]
                private.store(self.file, json.dumps({"trusted": [asdict(entry) for entry in kept]}).encode())
        except OSError as error:
            raise self._problem(error) from error

    def _problem(self, error: OSError) -> WriteFailed:
        return WriteFailed(
            f"Trust could not be remembered in {self.file}: {confined.reason(error)}. Set OMNI_DATA_DIR to a folder you own."
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    origin: str
    when: float


def ledger(data: Path) -> Ledger:
    """Return the ledger of a data folder. The sample's copies below it were made by the program itself."""
    return Ledger(data / "trust.json", (Path(os.path.realpath(data)) / "samples",))


def require(root: Root, gate: Gate, act: Act) -> None:
    """Raise Restricted unless the folder is trusted."""
    if not gate.trusts(root):
        raise Restricted(
            f"{root.path} is Restricted, so the program may not {act} here. If the folder is yours or you know what is in it, "
            "press Trust first; looking and generating work without."
        )


def origin_of(root: Root) -> str:
    """Return where the folder's repository came from, read from its files without Git; "" where it names no origin."""
    pointer = read_git_file(root, ".git")
    if pointer:
        return pointer.strip()
    inside = False
    found = ""
    for line in read_git_file(root, ".git", "config").splitlines():
        section = _SECTION.match(line)
        if section:
            inside = section[1].lower() == "remote" and section[2] == "origin"
            line = section[3]
        match = _URL.match(line) if inside else None
        if match:
            found = match[1]
    return found


def branch_of(root: Root) -> str:
    """Return the branch that is checked out, a commit's short name where none is, "" without a repository; read without Git."""
    pointer = read_git_file(root, ".git")
    if pointer.startswith("gitdir:"):
        return _branch(_head_of_worktree(pointer.removeprefix("gitdir:").strip()))
    return _branch(read_git_file(root, ".git", "HEAD"))


def read_git_file(root: Root, *parts: str) -> str:
    """Return a small file of the repository's own data, "" where it is no regular file; links are not followed."""
    with suppress(WorkspaceError, OSError), root.folder(parts[:-1]) as folder:
        handle, _ = confined.open_file(folder, parts[-1], "/".join(parts))
        try:
            return confined.read_all(handle, MAX_CONFIG).decode("utf-8", "replace")
        finally:
            os.close(handle)
    return ""


def _head_of_worktree(folder: str) -> str:
    """Read HEAD where a linked worktree keeps it, outside the folder; only its form of a branch or a commit is ever shown."""
    with suppress(OSError, ValueError):
        handle = os.open(Path(folder) / "HEAD", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return confined.read_all(handle, 1_024).decode("utf-8", "replace")
        finally:
            os.close(handle)
    return ""


def _branch(head: str) -> str:
    text = head.strip()
    if text.startswith("ref: refs/heads/"):
        return text.removeprefix("ref: refs/heads/").splitlines()[0][:200]
    return text[:8] if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) else ""
