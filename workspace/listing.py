"""What lies in a workspace: one folder at a time for people, a bounded shallow-first walk for the architect, search by name."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from workspace.confined import Root, translate
from workspace.denied import denied_reason
from workspace.errors import WorkspaceError
from workspace.ignores import Ignores
from workspace.paths import TEMP_PREFIX, join, split
from workspace.ranking import Rank, is_pruned, rank_file, rank_folder

MAX_WALK_DEPTH = 16
MAX_VISITED = 400_000
MAX_FILES_PER_FOLDER = 2_000
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a folder's list. `size` is in bytes, None for folders; `denied` is the reason it is not opened, or "".

    `rank` is the place in the smart order, lower first. `ignored` means that Git ignores it or that it is never walked.
    """

    name: str
    path: str
    is_folder: bool
    size: int | None
    ignored: bool
    denied: str
    rank: int


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a folder's list; `total` counts all of its entries."""

    entries: tuple[Entry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A snapshot of the files a walk found, shallow first, in smart order within a depth; `left_out` says in words what is missing."""

    paths: tuple[str, ...]
    complete: bool
    left_out: str = ""


def list_folder(root: Root, path: str = "", *, offset: int = 0, limit: int = MAX_PAGE) -> Page:
    """Return one folder's entries in smart order. Raises NotFound, NotAFolder, OutsideWorkspace, NotReadable."""
    parts = split(path)
    base = join(*parts)
    with root.open() as top:
        ignores = Ignores().below(top, "")
    ignored_above = bool(denied_reason(base, is_folder=True))
    for depth, name in enumerate(parts):
        here = join(*parts[: depth + 1])
        ignored_above = ignored_above or is_pruned(name, frozenset()) or ignores.covers(here, is_folder=True)
        with root.folder(parts[: depth + 1]) as handle:
            ignores = ignores if ignored_above else ignores.below(handle, here)
    with root.folder(parts) as handle:
        found = _scan(handle)
        beside = frozenset(item.name.lower() for item in found if item.is_file)
        prefix = base + "/" if base else ""
        judged = sorted((_judged(item, prefix, ignored_above, ignores, beside) for item in found), key=itemgetter(0, 1, 2))
        chosen = judged[offset : offset + limit]
        return Page(tuple(_entry(rank, item, prefix, ignored, denied, handle) for rank, _, _, item, ignored, denied in chosen), len(judged))


def walk(root: Root, limit: int = 20_000) -> Listing:
    """List up to `limit` readable files: shallow first, ignored and denied ones left out, links and special files too."""
    paths: list[str] = []
    skipped = 0
    visited = 0
    waiting: deque[tuple[tuple[str, ...], Ignores]] = deque([((), Ignores())])
    while waiting:
        parts, above = waiting.popleft()
        if len(paths) >= limit or visited >= MAX_VISITED:
            return Listing(tuple(paths[:limit]), False, f"The listing stops at {len(paths[:limit]):,} files; deeper folders are left out.")
        base = join(*parts)
        try:
            with root.folder(parts) as handle:
                ignores = above.below(handle, base)
                found = _scan(handle)
        except WorkspaceError:
            if not parts:
                raise
            skipped += 1
            continue
        visited += len(found)
        files, folders = _sieve(found, base, ignores)
        skipped += max(0, len(files) - MAX_FILES_PER_FOLDER)
        paths.extend(files[:MAX_FILES_PER_FOLDER])
        if len(parts) < MAX_WALK_DEPTH:
            waiting.extend(((*parts, name), ignores) for name in folders)
        else:
            skipped += len(folders)
    if len(paths) > limit:
        return Listing(tuple(paths[:limit]), False, f"The listing stops at {limit:,} files; deeper folders are left out.")
    note = f"{skipped:,} files or folders were left out: too many, too deep or unreadable." if skipped else ""
    return Listing(tuple(paths), not skipped, note)


def search(paths: tuple[str, ...], query: str, limit: int = 50) -> tuple[str, ...]:
    """Return the listed paths whose name or path holds every word of the query, best first; letter case does not matter."""
    words = query.casefold().split()
    if not words:
        return ()
    hits: list[tuple[int, int, int, str]] = []
    for path in paths:
        folded = path.casefold()
        if not all(word in folded for word in words):
            continue
        name = folded.rpartition("/")[2]
        first = words[0]
        place = 0 if name == first else 1 if name.startswith(first) else 2 if first in name else 3
        hits.append((place, rank_file(path.rpartition("/")[2]), path.count("/"), path))
    return tuple(path for *_, path in sorted(hits)[:limit])


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    is_folder: bool
    is_file: bool
    is_link: bool


def _scan(handle: int) -> list[_Found]:
    """Return a folder's entries by handle; our own temporary files are left out, and reading stops at the visiting bound."""
    found: list[_Found] = []
    try:
        with os.scandir(handle) as entries:
            for entry in islice(entries, MAX_VISITED):
                if not entry.name.startswith(TEMP_PREFIX):
                    found.append(
                        _Found(entry.name, entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False), entry.is_symlink())
                    )
    except OSError as error:
        raise translate(error, "") from error
    return found


def _sieve(found: list[_Found], base: str, ignores: Ignores) -> tuple[list[str], list[str]]:
    """Return the paths of the files and the names of the folders that a walk takes, each in smart order."""
    beside = frozenset(item.name.lower() for item in found if item.is_file)
    if "pyvenv.cfg" in beside and base:
        return [], []
    prefix = base + "/" if base else ""
    files: list[tuple[int, str]] = []
    folders: list[tuple[int, str]] = []
    for item in found:
        name = item.name
        path = prefix + name
        if not name.isprintable() or not (item.is_file or item.is_folder) or (item.is_folder and is_pruned(name, beside)):
            continue
        if denied_reason(path, is_folder=item.is_folder) or ignores.covers(path, is_folder=item.is_folder):
            continue
        if item.is_folder:
            folders.append((rank_folder(name), name))
        else:
            files.append((rank_file(name), path))
    return [path for _, path in sorted(files)], [name for _, name in sorted(folders)]


def _judged(
    item: _Found, prefix: str, ignored_above: bool, ignores: Ignores, beside: frozenset[str]
) -> tuple[int, bool, str, _Found, bool, str]:
    """Return an entry's rank, whether it is no folder, its name (these three order a list), itself, whether it is ignored, why denied."""
    name = item.name
    path = prefix + name
    denied = _why_denied(item, path)
    ignored = ignored_above or (item.is_folder and is_pruned(name, beside))
    if not ignored and _is_utf8(name):
        ignored = ignores.covers(path, is_folder=item.is_folder)
    if denied:
        rank = Rank.DENIED
    elif ignored:
        rank = Rank.IGNORED
    else:
        rank = rank_folder(name) if item.is_folder else rank_file(name)
    return rank, not item.is_folder, name, item, ignored, denied


def _entry(rank: int, item: _Found, prefix: str, ignored: bool, denied: str, handle: int) -> Entry:
    name = item.name if _is_utf8(item.name) else os.fsencode(item.name).decode("utf-8", "backslashreplace")
    size = None
    if not item.is_folder:
        with suppress(OSError):
            size = os.stat(item.name, dir_fd=handle, follow_symlinks=False).st_size
    return Entry(name, prefix + name, item.is_folder, size, ignored, denied, int(rank))


def _why_denied(item: _Found, path: str) -> str:
    if not _is_utf8(item.name):
        return "its name is not valid UTF-8; rename it to use it"
    if item.is_link:
        return "a symbolic link; links are not followed"
    if not (item.is_file or item.is_folder):
        return "a device, pipe or socket"
    return denied_reason(path, is_folder=item.is_folder)


def _is_utf8(name: str) -> bool:
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
