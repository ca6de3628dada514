"""A copy of the workspace to build from: what Git would hand to a colleague, read through the confined root, bounded in size."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workspace import confined
from workspace.denied import denied_content, depends_on_content
from workspace.errors import TooLarge, WorkspaceError
from workspace.files import Workspace, open_workspace
from workspace.paths import shown, split
from workspace.trust import OPEN

MAX_FILES = 20_000
MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and in words what was left out."""

    files: int
    size: int
    left_out: tuple[str, ...]


def copy_workspace(workspace: Workspace, target: Path, written: Mapping[str, str]) -> Copied:
    """Copy the workspace's files and lay `written` (path to text) over them; the workspace itself is only read.

    Ignored files, links and files that usually hold secrets are left out. Raises TooLarge, and WorkspaceError for a path in
    `written` that leads out of the copy.
    """
    listing = workspace.walk(MAX_FILES)
    left_out = [listing.left_out] if listing.left_out else []
    size = files = 0
    for path in listing.paths:
        if path in written:
            continue
        try:
            size += _copy(workspace, path, target, MAX_TOTAL_BYTES - size)
            files += 1
        except TooLarge:
            raise
        except WorkspaceError as error:
            left_out.append(str(error))
    made = open_workspace(str(target), gate=OPEN)
    for path, text in written.items():
        made.write_atomic(path, text)
    _usual_rights(target)
    return Copied(files + len(written), size, tuple(left_out))


def _copy(workspace: Workspace, path: str, target: Path, room: int) -> int:
    """Copy one file with its right to be executed and return its size in bytes."""
    parts = split(path)
    with workspace.root.folder(parts[:-1]) as folder:
        handle, state = confined.open_file(folder, parts[-1], path)
        with os.fdopen(handle, "rb") as source:
            if state.st_size > MAX_FILE_BYTES or state.st_size > room:
                cap = f"{MAX_FILE_BYTES >> 20} MB a file and {MAX_TOTAL_BYTES >> 20} MB in all"
                raise TooLarge(f"The workspace is too large to be copied for a build: {shown(path)} passes {cap}. Ignore it in Git.", path)
            if depends_on_content(path):
                why = denied_content(path, source.read(65_536).decode("utf-8", "replace"))
                if why:
                    raise WorkspaceError(f"{shown(path)} is not copied: {why}.", path)
                source.seek(0)
            place = target.joinpath(*parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o755 if state.st_mode & 0o111 else 0o644
            done = 0
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "wb") as copy:
                os.fchmod(copy.fileno(), mode)
                while done <= state.st_size and (piece := source.read(min(1 << 20, state.st_size + 1 - done))):
                    copy.write(piece)
                    done += len(piece)
    return done


def _usual_rights(target: Path) -> None:
    """Give folders and files the rights a fresh clone has, whatever this user's umask is: images keep them."""
    for root, folders, names in os.walk(target):
        for name in folders:
            os.chmod(os.path.join(root, name), 0o755)  # noqa: S103 - as in a clone; the copy lies in a folder of mode 0700
        for name in names:
            path = os.path.join(root, name)
            os.chmod(path, 0o755 if os.stat(path).st_mode & 0o111 else 0o644)
