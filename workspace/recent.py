"""The folders a browser opened lately, newest first: kept in the data folder under a digest of the browser's id, and bounded."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from workspace import confined, private
from workspace.errors import WriteFailed

MAX_FOLDERS, MAX_OWNERS = 12, 500


@dataclass(frozen=True, slots=True)
class Recent:
    """A folder's absolute path and when it was opened last, in seconds since 1970."""

    path: str
    when: float

    @property
    def name(self) -> str:
        """Return the folder's name."""
        return Path(self.path).name

    @property
    def gone(self) -> bool:
        """Tell whether there is no such folder now."""
        return not Path(self.path).is_dir()


def recent(data: Path, owner: str) -> tuple[Recent, ...]:
    """Return what this owner opened lately; a list that cannot be read is an empty one."""
    return _read(_file(data, owner))


def remember(data: Path, owner: str, path: str) -> None:
    """Put a folder at the head of the list. Raises WriteFailed."""
    _change(data, owner, lambda kept: (Recent(path, time.time()), *(entry for entry in kept if entry.path != path)))


def forget(data: Path, owner: str, path: str) -> None:
    """Take a folder off the list; the folder itself is not touched. Raises WriteFailed."""
    _change(data, owner, lambda kept: tuple(entry for entry in kept if entry.path != path))


def _change(data: Path, owner: str, change: Callable[[tuple[Recent, ...]], tuple[Recent, ...]]) -> None:
    file = _file(data, owner)
    try:
        with private.held(file.parent / "all.json"):
            entries = change(_read(file))[:MAX_FOLDERS]
            private.store(file, json.dumps([asdict(entry) for entry in entries]).encode())
            _bound(file.parent)
    except OSError as error:
        raise WriteFailed(
            f"The folders opened lately could not be kept in {file}: {confined.reason(error)}. Set OMNI_DATA_DIR to a folder you own."
        ) from error


def _bound(folder: Path) -> None:
    """Let go of the lists that were not written for longest."""
    lists = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in lists[MAX_OWNERS:]:
        old.unlink(missing_ok=True)


def _read(file: Path) -> tuple[Recent, ...]:
    try:
        return tuple(Recent(str(item["path"]), float(item["when"])) for item in json.loads(file.read_bytes()))[:MAX_FOLDERS]
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _file(data: Path, owner: str) -> Path:
    return data / "recent" / f"{hashlib.sha256(owner.encode()).hexdigest()[:32]}.json"
