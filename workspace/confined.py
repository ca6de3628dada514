"""The confined root: every file is reached from the opened folder by directory handles, and no link is followed."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from workspace.errors import (
    ChangedOnDisk,
    InvalidPath,
    NotAFile,
    NotAFolder,
    NotFound,
    NotReadable,
    OutsideWorkspace,
    TooLarge,
    WorkspaceError,
    WorkspaceGone,
    WriteFailed,
    WriteRefused,
)
from workspace.paths import TEMP_PREFIX, TEMP_SUFFIX, join, shown

ABSENT = "absent"
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_STALE_TEMP_SECONDS = 600


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal: how the program names a version of a file."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Root:
    """A folder by path and identity. No handle is kept between calls, so a root may live as long as a browser session."""

    path: Path
    device: int
    inode: int

    @contextmanager
    def open(self) -> Iterator[int]:
        """Open the folder itself; WorkspaceGone when another one (or none) stands in its place."""
        try:
            handle = os.open(self.path, _FOLDER_FLAGS)
        except OSError as error:
            raise WorkspaceGone(f"The folder {self.path} cannot be opened any more ({reason(error)}). Open it again.") from error
        try:
            found = os.fstat(handle)
            if (found.st_dev, found.st_ino) != (self.device, self.inode):
                raise WorkspaceGone(f"The folder {self.path} was replaced by another one since it was opened. Open it again.")
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def folder(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        """Open a folder inside by walking handle by handle; with `create`, missing folders are made (mode 0777 less the umask).

        Raises NotFound, NotAFolder, OutsideWorkspace (a symbolic link on the way), NotReadable, WriteFailed.
        """
        with self.open() as top:
            handle = os.dup(top)
            try:
                for depth, name in enumerate(parts):
                    here = join(*parts[: depth + 1])
                    following = _step(handle, name, here, create=create)
                    os.close(handle)
                    handle = following
                yield handle
            finally:
                os.close(handle)


def _step(handle: int, name: str, here: str, *, create: bool) -> int:
    try:
        return os.open(name, _FOLDER_FLAGS, dir_fd=handle)
    except FileNotFoundError as error:
        if not create:
            raise NotFound(f"{shown(here)} does not exist in the workspace. Refresh the list.", here) from error
    except OSError as error:
        raise _folder_error(error, handle, name, here) from error
    try:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=handle)
            os.fsync(handle)
    except OSError as error:
        raise WriteFailed(f"The folder {shown(here)} could not be made: {reason(error)}.", here) from error
    return _step(handle, name, here, create=False)


def _folder_error(error: OSError, handle: int, name: str, here: str) -> WorkspaceError:
    if error.errno in (errno.ENOTDIR, errno.ELOOP, errno.EMLINK):
        if is_link(handle, name):
            return link_error(here)
        return NotAFolder(f"{shown(here)} is not a folder.", here)
    return translate(error, here)


def open_file(folder: int, name: str, path: str) -> tuple[int, os.stat_result]:
    """Open a regular file for reading below a folder's handle and return its handle and state; the caller closes it.

    FIFOs, sockets and devices are recognised before they are opened, and again after.
    Raises NotFound, NotAFile, OutsideWorkspace (a symbolic link), NotReadable.
    """
    try:
        before = os.stat(name, dir_fd=folder, follow_symlinks=False)
        require_regular(before, path)
        handle = os.open(name, _FILE_FLAGS, dir_fd=folder)
    except OSError as error:
        raise (link_error(path) if error.errno == errno.ELOOP else translate(error, path)) from error
    try:
        state = os.fstat(handle)
        require_regular(state, path)
    except WorkspaceError:
        os.close(handle)
        raise
    return handle, state


def require_regular(state: os.stat_result, path: str) -> None:
    """Raise NotAFile or OutsideWorkspace unless this is a regular file."""
    if stat.S_ISREG(state.st_mode):
        return
    if stat.S_ISLNK(state.st_mode):
        raise link_error(path)
    raise NotAFile(f"{shown(path)} is a {kind_word(state.st_mode)}, not a file. Choose a file.", path)


def kind_word(mode: int) -> str:
    """Name what is not a regular file in a word."""
    for test, word in (
        (stat.S_ISDIR, "folder"),
        (stat.S_ISLNK, "symbolic link"),
        (stat.S_ISFIFO, "named pipe"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISCHR, "device"),
        (stat.S_ISBLK, "device"),
    ):
        if test(mode):
            return word
    return "special file"


def link_error(path: str) -> OutsideWorkspace:
    """Return the error for a symbolic link."""
    return OutsideWorkspace(f"{shown(path)} is a symbolic link. Links are not followed; choose the file or folder it points to.", path)


def is_link(folder: int, name: str) -> bool:
    """Tell whether a name below a handle is a symbolic link; False when it is gone."""
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def read_all(handle: int, cap: int) -> bytes:
    """Read up to `cap` bytes from a handle."""
    pieces: list[bytes] = []
    left = cap
    while left > 0 and (piece := os.read(handle, min(left, 1 << 20))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def current(folder: int, name: str, path: str, cap: int) -> tuple[bytes, os.stat_result] | None:
    """Return a file's whole content and state, None when there is none; TooLarge above the cap."""
    try:
        handle, state = open_file(folder, name, path)
    except NotFound:
        return None
    try:
        data = read_all(handle, cap + 1)
    except OSError as error:
        raise translate(error, path) from error
    finally:
        os.close(handle)
    if len(data) > cap:
        raise TooLarge(f"{shown(path)} is larger than {cap:,} bytes.", path)
    return data, state


def stage(folder: int, data: bytes, path: str, like: os.stat_result | None, tag: str = "") -> str:
    """Write content to a temporary file beside its target, force it to disk and return its name, which begins with `tag`.

    `like` is the state of the file it will replace: its permissions (without set-id bits) and owner are kept.
    """
    _sweep(folder)
    name = f"{TEMP_PREFIX}{tag}{secrets.token_hex(8)}{TEMP_SUFFIX}"
    try:
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600 if like else 0o666, dir_fd=folder)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            if like is not None:
                _keep_owner(handle, like)
                os.fchmod(handle, stat.S_IMODE(like.st_mode) & 0o777)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        discard(folder, name)
        raise WriteFailed(f"{shown(path)} could not be written: {reason(error)}. Nothing was changed.", path) from error
    return name


def publish(folder: int, temporary: str, name: str, path: str, *, new: bool) -> None:
    """Move a staged file to its place in one step and force the folder to disk; with `new`, never over an existing file."""
    try:
        if new:
            _link_new(folder, temporary, name, path)
        else:
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except OSError as error:
        raise WriteFailed(f"{shown(path)} could not be put in place: {reason(error)}.", path) from error
    finally:
        discard(folder, temporary)


def discard(folder: int, temporary: str) -> None:
    """Remove a temporary file if it is there."""
    with suppress(OSError):
        os.unlink(temporary, dir_fd=folder)


def check_target(found: tuple[bytes, os.stat_result] | None, path: str, expected: str | None) -> None:
    """Raise ChangedOnDisk unless the file is what the user saw; WriteRefused when it is read-only.

    `expected` is a digest, ABSENT for "there was no file", or None for any content.
    """
    if expected is not None:
        seen = ABSENT if found is None else digest(found[0])
        if seen != expected:
            raise ChangedOnDisk(f"{shown(path)} {_change_words(seen, expected)} since you saw it. Look at the difference again.", path)
    if found is not None and not found[1].st_mode & 0o222:
        raise WriteRefused(f"{shown(path)} is marked read-only. Make it writable first if it should be replaced.", path)


def translate(error: OSError, path: str) -> WorkspaceError:
    """Turn an error of the operating system into one of this room."""
    name = shown(path) if path else "The folder"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return NotFound(f"{name} does not exist in the workspace. Refresh the list.", path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return NotReadable(f"{name} may not be read by the user this program runs as. Change its permissions to use it.", path)
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL):
        return InvalidPath(f"{name} is not a name this file system can hold.", path)
    if error.errno in (errno.ENXIO, errno.ENODEV, errno.EISDIR):
        return NotAFile(f"{name} is not a file that can be read.", path)
    return NotReadable(f"{name} could not be read: {reason(error)}.", path)


def reason(error: OSError) -> str:
    """Return the operating system's reason in lower case, without a path."""
    return (error.strerror or type(error).__name__).lower()


def _change_words(seen: str, expected: str) -> str:
    if expected == ABSENT:
        return "was created on disk"
    return "was deleted from disk" if seen == ABSENT else "was edited on disk"


def _keep_owner(handle: int, like: os.stat_result) -> None:
    state = os.fstat(handle)
    if (state.st_uid, state.st_gid) != (like.st_uid, like.st_gid):
        with suppress(PermissionError):
            os.fchown(handle, like.st_uid, like.st_gid)


def _link_new(folder: int, temporary: str, name: str, path: str) -> None:
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError as error:
        raise ChangedOnDisk(f"{shown(path)} was created on disk since you saw it. Look at the difference again.", path) from error
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        # A file system without hard links: look, then rename.
        try:
            os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            raise ChangedOnDisk(f"{shown(path)} was created on disk since you saw it. Look at the difference again.", path) from error


def _sweep(folder: int) -> None:
    remove_temporaries(folder, "", _STALE_TEMP_SECONDS)


def remove_temporaries(folder: int, tag: str, older_than: float) -> None:
    """Remove temporary files whose name begins with `tag` that a killed process left in this folder, by age in seconds."""
    try:
        stale = [name for name in os.listdir(folder) if name.startswith(TEMP_PREFIX + tag) and name.endswith(TEMP_SUFFIX)]
        for name in stale:
            if time.time() - os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime >= older_than:
                discard(folder, name)
    except OSError:
        return
