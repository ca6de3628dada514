"""Replaces a set of files as one: everything is staged and checked first, and a failure midway restores what was replaced."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from workspace import confined
from workspace.confined import ABSENT, Root, digest
from workspace.errors import NotFound, WorkspaceError, WriteFailed
from workspace.paths import join, split_for_writing

MAX_FILE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Step:
    """One file's change: the digest it must have now (ABSENT for none) and its new bytes, None to delete it."""

    path: str
    expected: str
    data: bytes | None


@dataclass(slots=True)
class _Place:
    """A step with its folder's handle, what was found there, and the staged file."""

    step: Step
    folder: int
    name: str
    found: tuple[bytes, os.stat_result] | None
    temporary: str = ""


class NotRestored(WriteFailed):
    """A failure midway left files that could not be restored; the journal still holds their previous content."""


def look(root: Root, path: str) -> tuple[bytes, os.stat_result] | None:
    """Return a file's content and state by a path that may be written, None when it (or its folder) does not exist."""
    parts = split_for_writing(path)
    try:
        with root.folder(parts[:-1]) as folder:
            return confined.current(folder, parts[-1], path, MAX_FILE_BYTES)
    except NotFound:
        return None


def missing_folders(root: Root, paths: list[str]) -> tuple[str, ...]:
    """Return the folders that must be made for these files, shallow first."""
    missing: set[str] = set()
    for path in paths:
        parts = split_for_writing(path)[:-1]
        for depth in range(1, len(parts) + 1):
            try:
                with root.folder(parts[:depth]):
                    continue
            except NotFound:
                missing.update(join(*parts[:end]) for end in range(depth, len(parts) + 1))
                break
    return tuple(sorted(missing, key=lambda folder: (folder.count("/"), folder)))


def exchange(root: Root, steps: list[Step], tag: str) -> None:
    """Carry out every step or none. Temporary names begin with `tag`, so that a crash's leftovers can be found.

    Raises ChangedOnDisk and the other errors of a write, with everything restored; NotRestored when that failed too.
    """
    places: list[_Place] = []
    done: list[_Place] = []
    with ExitStack() as open_folders:
        try:
            for step in steps:
                parts = split_for_writing(step.path)
                folder = open_folders.enter_context(root.folder(parts[:-1], create=step.data is not None))
                place = _Place(step, folder, parts[-1], _checked(folder, parts[-1], step))
                places.append(place)
                if step.data is not None:
                    place.temporary = confined.stage(folder, step.data, step.path, place.found[1] if place.found else None, tag)
            for place in places:
                _checked(place.folder, place.name, place.step)
            for place in places:
                # Once more for this file alone, just before its own switch.
                _checked(place.folder, place.name, place.step)
                done.append(place)
                _switch(place)
        except BaseException as error:
            lost = [place.step.path for place in reversed(done) if not _restored(place, tag)]
            for place in places:
                confined.discard(place.folder, place.temporary)
            if lost:
                raise NotRestored(f"Writing stopped midway and {', '.join(lost)} could not be restored. Use Recover.", lost[0]) from error
            raise


def remove_folders(root: Root, folders: tuple[str, ...]) -> None:
    """Remove folders that a set had made, deepest first, where they are empty."""
    for folder in reversed(folders):
        parts = split_for_writing(folder)
        with suppress(OSError, WorkspaceError), root.folder(parts[:-1]) as above:
            os.rmdir(parts[-1], dir_fd=above)
            os.fsync(above)


def _checked(folder: int, name: str, step: Step) -> tuple[bytes, os.stat_result] | None:
    found = confined.current(folder, name, step.path, MAX_FILE_BYTES)
    confined.check_target(found, step.path, step.expected)
    return found


def _switch(place: _Place) -> None:
    if place.step.data is not None:
        confined.publish(place.folder, place.temporary, place.name, place.step.path, new=place.found is None)
        return
    try:
        os.unlink(place.name, dir_fd=place.folder)
        os.fsync(place.folder)
    except OSError as error:
        raise WriteFailed(f"'{place.step.path}' could not be removed: {confined.reason(error)}.", place.step.path) from error


def _restored(place: _Place, tag: str) -> bool:
    """Bring one file back to what it was, and tell whether it is; an edit made by someone else meanwhile is left alone."""
    path = place.step.path
    try:
        now = confined.current(place.folder, place.name, path, MAX_FILE_BYTES)
        ours = ABSENT if place.step.data is None else digest(place.step.data)
        if (ABSENT if now is None else digest(now[0])) != ours or ours == place.step.expected:
            return True
        if place.found is None:
            os.unlink(place.name, dir_fd=place.folder)
            os.fsync(place.folder)
        else:
            temporary = confined.stage(place.folder, place.found[0], path, place.found[1], tag)
            confined.publish(place.folder, temporary, place.name, path, new=now is None)
    except (OSError, WorkspaceError):
        return False
    return True
