"""Ends what a build started outside its own process group: Podman runs every build step in a session of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

_ENGINES = (b"podman", b"conmon", b"fuse-overlayfs", b"slirp4netns", b"pasta")
_WAIT_S = 3.0
_STEP_S = 0.05


async def end_build_steps(builder: int) -> None:
    """Kill the steps a builder runs now and give it a moment to tidy up after them; does nothing where none runs."""
    left, killed = _WAIT_S, False
    while left > 0:
        steps = outsiders(builder)
        for pid in steps:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not steps and (not killed or not _runs(builder)):
            return
        killed = True
        await asyncio.sleep(_STEP_S)
        left -= _STEP_S


async def end_users_of(folder: Path) -> None:
    """Kill the programs of this user that were started with a folder's name, and what they started: a dead proof's builders."""
    marker = f"{folder}/".encode()
    for entry in _entries():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            said = (entry / "cmdline").read_bytes()
            program = os.path.basename(said.split(b"\0", 1)[0])
            if entry.stat().st_uid == os.geteuid() and marker in said and program in _ENGINES:
                await end_build_steps(int(entry.name))
                os.kill(int(entry.name), signal.SIGKILL)


def outsiders(parent: int) -> tuple[int, ...]:
    """Return the descendants of a process that run in another session than its own."""
    table = _processes()
    found: list[int] = []
    waiting = [parent]
    while waiting:
        here = waiting.pop()
        for pid, (above, session) in table.items():
            if above == here:
                waiting.append(pid)
                if session != parent:
                    found.append(pid)
    return tuple(found)


def _processes() -> dict[int, tuple[int, int]]:
    """Return every process's parent and session."""
    found: dict[int, tuple[int, int]] = {}
    for entry in _entries():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                found[int(entry.name)] = (int(fields[1]), int(fields[3]))
    return found


def _entries() -> list[Path]:
    """Return the process table's folders; none where the system has no such table."""
    return list(Path("/proc").iterdir()) if Path("/proc/self/stat").exists() else []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
