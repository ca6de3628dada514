"""Runs a validator's program: bounded in time, memory, CPU and output, in its own process group, with a clean environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifacts.validator import NotChecked

MAX_OUTPUT = 1024 * 1024
MEMORY_KB = 512 * 1024
CPU_S = 5
# The data limit counts memory that can be written, not address space: Haskell and Go programs reserve far more than they use.
_LIMITED = f'ulimit -d {MEMORY_KB} 2>/dev/null; ulimit -t {CPU_S}; ulimit -c 0; exec "$@"'


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended."""

    status: int
    output: str
    errors: str


def find_program(name: str) -> str | None:
    """Return the absolute path of a program beside the running interpreter or on PATH."""
    beside = Path(sys.executable).parent / name
    if beside.is_file() and os.access(beside, os.X_OK):
        return str(beside)
    return shutil.which(name)


async def run_program(
    argv: Sequence[str], *, text: str, limit_s: float, cwd: str = "/", extra_env: Mapping[str, str] | None = None
) -> Ended:
    """Give `text` to a program's standard input and return what it said.

    Raises NotChecked when it cannot start, takes too long, says more than 1 MiB or is killed by a limit. The whole
    process group is gone when this returns or is cancelled.
    """
    env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", **(extra_env or {})}
    try:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", _LIMITED, "sh", *argv,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            cwd=cwd, env=env, start_new_session=True, limit=MAX_OUTPUT,
        )  # fmt: skip
    except OSError as error:
        raise NotChecked(f"it could not be started ({error.strerror})") from None
    try:
        async with asyncio.timeout(limit_s):
            _, output, errors = await asyncio.gather(
                _feed(process, text), _read(process.stdout, MAX_OUTPUT), _read(process.stderr, MAX_OUTPUT)
            )
            status = await process.wait()
    except TimeoutError:
        raise NotChecked(f"it took longer than {limit_s:.0f} seconds") from None
    finally:
        await _end(process)
    if status < 0:
        raise NotChecked(f"it was stopped by signal {-status} at its limit of {CPU_S} CPU seconds or {MEMORY_KB // 1024} MB")
    return Ended(status, output, errors)


async def _feed(process: asyncio.subprocess.Process, text: str) -> None:
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(text.encode("utf-8", "replace"))
        await process.stdin.drain()
    process.stdin.close()


async def _read(stream: asyncio.StreamReader | None, limit: int) -> str:
    """Read to the end; more than `limit` bytes are an endless writer."""
    chunks: list[bytes] = []
    size = 0
    while stream is not None and (chunk := await stream.read(65_536)):
        size += len(chunk)
        if size > limit:
            raise NotChecked(f"it said more than {limit // 1024} KiB")
        chunks.append(chunk)
    return b"".join(chunks).decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the whole group; a child of the program may outlive the program itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await process.wait()
