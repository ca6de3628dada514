"""The workspace: one folder a user has opened, in which files are listed, read and written, and nothing outside it."""

from __future__ import annotations

import codecs
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workspace import confined
from workspace.confined import ABSENT, Root, digest, reason
from workspace.denied import denied_content, denied_reason, depends_on_content
from workspace.errors import (
    BinaryFile,
    Denied,
    InvalidPath,
    NotAFolder,
    NotFound,
    NotReadable,
    TooLarge,
    WorkspaceError,
)
from workspace.listing import MAX_PAGE, Entry, Listing, Page, list_folder, walk
from workspace.paths import join, shown, split, split_for_writing
from workspace.trust import CLOSED, Act, Gate, branch_of, require

__all__ = ["ABSENT", "Entry", "Head", "Listing", "Page", "Workspace", "WorkspaceTree", "Written", "digest", "open_workspace"]

MAX_READ_BYTES = 2 * 1024 * 1024
MAX_WRITE_BYTES = 4 * 1024 * 1024
_SNIFF_BYTES = 8_192
_SYSTEM_FOLDERS = ("/proc", "/sys", "/dev", "/run/secrets", "/etc/ssl/private")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a text file; `size` is the whole file's in bytes."""

    text: str
    truncated: bool
    size: int


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: the new content's digest, its size in bytes, and whether the file is new."""

    path: str
    sha256: str
    size: int
    new: bool


@dataclass(frozen=True, slots=True)
class Workspace:
    """One opened folder. Paths are POSIX and relative to it; every method raises WorkspaceError and nothing else.

    `gate` says whether it is trusted; whatever writes or runs asks it through `allow`.
    """

    root: Root
    gate: Gate = field(default=CLOSED, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Return the folder's name."""
        return self.root.path.name

    @property
    def location(self) -> str:
        """Return the folder's absolute path, for display and for the programs started in it."""
        return str(self.root.path)

    def require(self) -> None:
        """Raise WorkspaceGone when the folder was moved, deleted or replaced since it was opened."""
        with self.root.open():
            pass

    def allow(self, act: Act) -> None:
        """Raise Restricted unless the folder is trusted: the one question before anything is written or run."""
        require(self.root, self.gate, act)

    @property
    def trusted(self) -> bool:
        """Tell whether the folder is trusted now."""
        return self.gate.trusts(self.root)

    @property
    def branch(self) -> str:
        """Return the branch that is checked out, read without Git; "" where there is no repository."""
        return branch_of(self.root)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing in it but version-control data."""
        with self.root.open() as handle:
            return all(name in (".git", ".hg", ".svn") for name in _names(handle))

    def list_folder(self, path: str = "") -> tuple[Entry, ...]:
        """Return one folder's entries in smart order, at most 10,000; `page` gives any part of a longer one."""
        return self.page(path).entries

    def page(self, path: str = "", *, offset: int = 0, limit: int = MAX_PAGE) -> Page:
        """Return a part of one folder's entries in smart order, with the total."""
        return list_folder(self.root, path, offset=offset, limit=limit)

    def walk(self, limit: int = 20_000) -> Listing:
        """List the files worth reading, shallow first, bounded; ignored and denied ones are left out."""
        return walk(self.root, limit)

    def read_bytes(self, path: str, limit: int = MAX_READ_BYTES) -> bytes:
        """Return a file's whole content; TooLarge above `limit` bytes, Denied by the table in denied.py."""
        data, size = self._read(path, limit)
        if size > limit or len(data) > limit:
            raise TooLarge(f"{shown(path)} is {_size(size)}; at most {_size(limit)} are read. Choose a smaller file.", path)
        return data

    def read_text(self, path: str, limit: int = MAX_READ_BYTES) -> str:
        """Return a text file's whole content; raises also BinaryFile. A byte that is not UTF-8 becomes U+FFFD."""
        return decode(self.read_bytes(path, limit), path)

    def read_head(self, path: str, limit: int = 262_144) -> Head:
        """Return up to `limit` characters from the beginning of a text file of any size."""
        data, size = self._read(path, min(limit * 4, MAX_READ_BYTES))
        text = decode(data, path)
        return Head(text[:limit], len(text) > limit or size > len(data), size)

    def sha256(self, path: str) -> str:
        """Return the digest of a file that could be written, or ABSENT when there is none."""
        parts = self._writable(path)
        try:
            with self.root.folder(parts[:-1]) as folder:
                found = confined.current(folder, parts[-1], path, MAX_WRITE_BYTES)
        except NotFound:
            return ABSENT
        return ABSENT if found is None else digest(found[0])

    def write_atomic(self, path: str, content: str | bytes, expected_sha256: str | None = None) -> Written:
        """Replace or create a file in one step: a reader sees the old content or the new, also after a crash.

        `expected_sha256` is the digest of the content the user has seen, or ABSENT when there was no file; ChangedOnDisk when it
        differs. Missing folders are made, permissions of an existing file are kept.
        Raises also Restricted, OutsideWorkspace, WriteRefused, Denied, TooLarge, NotAFile, WriteFailed.
        """
        self.allow(Act.WRITE)
        data = content.encode() if isinstance(content, str) else content
        parts = self._writable(path)
        path = join(*parts)
        if len(data) > MAX_WRITE_BYTES:
            raise TooLarge(f"The new content of {shown(path)} is {_size(len(data))}; at most {_size(MAX_WRITE_BYTES)} are written.", path)
        with self.root.folder(parts[:-1], create=True) as folder:
            found = confined.current(folder, parts[-1], path, MAX_WRITE_BYTES)
            confined.check_target(found, path, expected_sha256)
            temporary = confined.stage(folder, data, path, found[1] if found else None)
            try:
                # The disk may have taken a while: look once more just before the switch.
                found = confined.current(folder, parts[-1], path, MAX_WRITE_BYTES)
                confined.check_target(found, path, expected_sha256)
            except WorkspaceError:
                confined.discard(folder, temporary)
                raise
            confined.publish(folder, temporary, parts[-1], path, new=found is None)
        return Written(path, digest(data), len(data), found is None)

    def _writable(self, path: str) -> tuple[str, ...]:
        parts = split_for_writing(path)
        why = denied_reason(join(*parts))
        if why:
            raise Denied(f"{shown(path)} is not written: {why}. Edit it yourself if you mean to.", path)
        return parts

    def _read(self, path: str, cap: int) -> tuple[bytes, int]:
        """Return up to `cap` + 1 bytes of a file that is not denied, and its size."""
        parts = split(path)
        clean = join(*parts)
        why = denied_reason(clean)
        if why:
            raise Denied(f"{shown(path)} is not opened: {why}. It stays on this machine and out of every prompt.", path)
        if not parts:
            raise confined.NotAFile("The workspace itself is a folder, not a file. Choose a file.", path)
        with self.root.folder(parts[:-1]) as folder:
            handle, state = confined.open_file(folder, parts[-1], clean)
            try:
                data = confined.read_all(handle, cap + 1)
            except OSError as error:
                raise confined.translate(error, clean) from error
            finally:
                os.close(handle)
        if depends_on_content(clean):
            why = denied_content(clean, data[:65_536].decode("utf-8", "replace"))
            if why:
                raise Denied(f"{shown(path)} is not opened: {why}. It stays on this machine and out of every prompt.", path)
        return data, max(state.st_size, len(data))


class WorkspaceTree:
    """A snapshot of a workspace as the architect reads it (architect.tree.Tree): paths once, texts on demand and kept."""

    def __init__(self, workspace: Workspace, limit: int = 20_000, cache_bytes: int = 16 * 1024 * 1024) -> None:
        self._workspace = workspace
        self.listing = workspace.walk(limit)
        self._known = frozenset(self.listing.paths)
        self._texts: OrderedDict[tuple[str, int], str | None] = OrderedDict()
        self._left = cache_bytes
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Return the repository's name, used for images and services."""
        return self._workspace.name

    def paths(self) -> Sequence[str]:
        """Return every listed file, shallow folders first; bounded in number."""
        return self.listing.paths

    def read(self, path: str, limit: int = 262_144) -> str | None:
        """Return up to `limit` characters of a text file; None when absent, binary, denied or unreadable."""
        if path not in self._known and (self.listing.complete or not path):
            return None
        key = (path, limit)
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        try:
            text: str | None = self._workspace.read_head(path, limit).text
        except WorkspaceError:
            text = None
        with self._lock:
            if key not in self._texts:
                self._texts[key] = text
                self._left -= len(text or "")
                while self._left < 0:
                    self._left += len(self._texts.popitem(last=False)[1] or "")
        return text


def open_workspace(path_text: str, base: Path | None = None, gate: Gate = CLOSED) -> Workspace:
    """Open a folder by the text a user typed; `~` is the home folder, a relative path needs `base` (a shell's folder).

    Without a gate that trusts it the folder is Restricted: it can be looked at, and nothing is written or run in it.
    The folder's own links are resolved once, here. Raises InvalidPath, NotFound, NotAFolder, NotReadable.
    """
    text = path_text.strip()
    if not text:
        raise InvalidPath("No folder was given. Type the full path of a repository, for example /home/you/project.")
    if "\0" in text or "\n" in text or len(text.encode("utf-8", "replace")) > 4096:
        raise InvalidPath("The text is not a path: it holds a line break or NUL, or is too long. Give one folder's path.")
    folder = _absolute(text, base)
    try:
        resolved = Path(os.path.realpath(folder, strict=True))
        state = os.stat(resolved)
    except FileNotFoundError as error:
        raise NotFound(f"{shown(text)} does not exist. {_nearest(folder)}") from error
    except NotADirectoryError as error:
        raise NotAFolder(f"{shown(text)} leads through a file. {_nearest(folder)}") from error
    except PermissionError as error:
        raise NotReadable(f"{shown(text)} may not be opened by the user this program runs as. Choose another folder.") from error
    except OSError as error:
        raise InvalidPath(f"{shown(text)} cannot be opened: {reason(error)}.") from error
    if not stat.S_ISDIR(state.st_mode):
        word = "file" if stat.S_ISREG(state.st_mode) else confined.kind_word(state.st_mode)
        raise NotAFolder(f"{shown(text)} is a {word}. Give the folder it lies in: {folder.parent}.")
    if _belongs_to_the_system(resolved):
        raise InvalidPath(f"{shown(text)} belongs to the operating system and is not a repository. Open a project's folder.")
    workspace = Workspace(Root(resolved, state.st_dev, state.st_ino), gate)
    try:
        with workspace.root.open() as handle:
            _names(handle)
    except WorkspaceError as error:
        raise NotReadable(f"{shown(text)} may not be opened by the user this program runs as. Choose another folder.") from error
    return workspace


def decode(data: bytes, path: str) -> str:
    """Return a file's bytes as text: UTF-8 (a mark at the start is dropped) or UTF-16 with its mark; BinaryFile otherwise."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    head = data[:_SNIFF_BYTES]
    controls = sum(head.count(byte) for byte in _CONTROLS)
    if b"\0" in head or controls * 20 > len(head):
        raise BinaryFile(f"{shown(path)} is not a text file. Choose source code or configuration.", path)
    return data.decode("utf-8-sig", "replace").replace("\0", "\ufffd")


_CONTROLS = [bytes([value]) for value in range(32) if value not in (9, 10, 12, 13, 27)]


def _absolute(text: str, base: Path | None) -> Path:
    if text.startswith("~"):
        try:
            return Path(text).expanduser()
        except RuntimeError as error:
            raise NotFound(f"{shown(text)} names a user that does not exist here. Give the full path.") from error
    path = Path(text)
    if path.is_absolute():
        return path
    if base is None:
        raise InvalidPath(f"{shown(text)} is a relative path, and the page has no current folder. Give the full path, starting with /.")
    return base / path


def _belongs_to_the_system(folder: Path) -> bool:
    if folder == Path("/"):
        return True
    if folder.is_relative_to("/dev/shm"):  # noqa: S108 - a disk in memory holds ordinary folders
        return False
    return any(folder.is_relative_to(system) for system in _SYSTEM_FOLDERS)


def _nearest(folder: Path) -> str:
    """Say which part of a path does exist, as the next step."""
    for parent in folder.parents:
        if os.path.isdir(parent):
            return f"The nearest folder that exists is {parent}."
    return "Check the spelling."


def _names(handle: int) -> list[str]:
    try:
        return os.listdir(handle)
    except OSError as error:
        raise confined.translate(error, "") from error


def _size(size: int) -> str:
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size} bytes"
