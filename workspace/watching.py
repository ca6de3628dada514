"""Notices what changes on disk in an open workspace: told by the system where it can be, by looking every few seconds where not."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path

from workspace.errors import WorkspaceError
from workspace.files import Workspace

MOST_FILES, MOST_FOLDERS, MOST_KEPT = 20_000, 2_000, 1_000
LOOKING_S, PAUSE_S, QUIET_S = 4.0, 1.0, 0.3
"""Seconds between looks where nobody tells, the least between two walks of the tree, and what is waited after an event."""

Signs = dict[str, tuple[int, int]]


class How(StrEnum):
    """How changes are noticed."""

    STARTING = "starting"
    TOLD = "told"
    LOOKING = "looking"
    OFF = "off"


class Watcher:
    """Counts the changes of one folder's files. Everything may be read from any thread; `run` is the work, until it is cancelled.

    Only files that a walk finds count: ignored and denied files, caches and installed packages change without a word. `mark` grows
    with each change; whoever kept an earlier mark asks what came after it.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.how = How.STARTING
        self.why_off = ""
        self.mark = 0
        self.asked = time.monotonic()
        self._marks: dict[str, int] = {}

    def since(self, mark: int) -> tuple[str, ...]:
        """Return the files that changed after this mark, the last ones first; at most MOST_KEPT are known."""
        found = sorted(((at, path) for path, at in self._marks.copy().items() if at > mark), reverse=True)
        return tuple(path for _, path in found)

    async def run(self) -> None:
        """Watch until cancelled, or until the tree turns out to be too large or is gone."""
        before = await asyncio.to_thread(self._look)
        while before is not None:
            async with aclosing(self._stirs(before)) as stirs:
                async for _ in stirs:
                    await asyncio.sleep(QUIET_S)
                    now = await asyncio.to_thread(self._look)
                    self._note(before, now or {})
                    moved = now is not None and _folders(now) != _folders(before)
                    before = now
                    if moved or before is None:
                        break
                    await asyncio.sleep(PAUSE_S)

    def _look(self) -> Signs | None:
        """Return every file's time and size; None, and why, where the tree is not watched."""
        try:
            listing = self.workspace.walk(MOST_FILES)
        except WorkspaceError as problem:
            self._off(problem.message)
            return None
        if len(listing.paths) >= MOST_FILES:
            self._off(f"More than {MOST_FILES:,} files: changes on disk are not watched here. Reload the page to read them again.")
            return None
        top, signs = self.workspace.location, {}
        for path in listing.paths:
            try:
                state = os.stat(f"{top}/{path}", follow_symlinks=False)
            except OSError:
                continue
            signs[path] = (state.st_mtime_ns, state.st_size)
        return signs

    def _off(self, why: str) -> None:
        self.how, self.why_off = How.OFF, why

    def _note(self, before: Signs, now: Signs) -> None:
        changed = [path for path in before.keys() | now.keys() if before.get(path) != now.get(path)]
        if not changed:
            return
        self.mark += 1
        for path in changed:
            self._marks.pop(path, None)
            self._marks[path] = self.mark
        while len(self._marks) > MOST_KEPT:
            self._marks.pop(next(iter(self._marks)))

    async def _stirs(self, signs: Signs) -> AsyncGenerator[None, None]:
        """Yield whenever something may have changed."""
        folders = _folders(signs)
        if len(folders) <= MOST_FOLDERS:
            self.how = How.TOLD
            try:
                from watchfiles import awatch

                paths = [Path(self.workspace.location) / folder for folder in folders]
                async for _ in awatch(*paths, watch_filter=None, recursive=False, debounce=400, step=100):
                    yield
                return
            except OSError:  # the system's watches are used up, or a folder has gone: look instead
                pass
        self.how = How.LOOKING
        while True:
            await asyncio.sleep(LOOKING_S)
            yield


def _folders(signs: Signs) -> frozenset[str]:
    """Return the folders that hold a file, and those on the way to them."""
    found = {""}
    for path in signs:
        folder = path.rpartition("/")[0]
        while folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)
