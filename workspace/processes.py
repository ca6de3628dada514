"""Runs another program: its own process group, a clean environment, a deadline, output streamed line by line and capped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from workspace.errors import ProgramFailed

MAX_OUTPUT = 1024 * 1024
MAX_LINE = 4_096
TAIL_LINES = 200
GRACE_S = 5.0

_LINE_END = re.compile(rb"\n|\r(?=[^\r\n])")
"""A carriage return ends a line where something follows it; before a line feed it is a part of the line's end."""

LineListener = Callable[[str], None]
Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `status` is its exit status, negative for a signal; None where the deadline ended it.

    `output` is the beginning of what it said, up to the cap; `tail` its last lines, also beyond the cap; `errors` the
    last lines of standard error where that was kept apart.
    """

    status: int | None
    output: str
    tail: tuple[str, ...]
    truncated: bool = False
    errors: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether it ended by itself and reported success."""
        return self.status == 0

    @property
    def timed_out(self) -> bool:
        """Tell whether it was ended at the deadline."""
        return self.status is None


async def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    limit_s: float,
    on_line: LineListener | None = None,
    cap: int = MAX_OUTPUT,
    with_errors: bool = True,
    wind_down: Callable[[int], Awaitable[None]] | None = None,
    cwd: str = "/",
    given: bytes = b"",
) -> Ended:
    """Run a program by its absolute path and return how it ended; the whole process group is gone by then, also when cancelled.

    `with_errors` joins standard error to the output; without it, errors go to the tail alone. `wind_down` is given the process id
    before the group is asked to end, for what the program started outside its group. `given` is its standard input. A line that a
    carriage return ends, as progress displays do, is told like any other. Raises ProgramFailed when it cannot start.
    """
    if not os.path.isabs(argv[0]):
        raise ProgramFailed(f"{argv[0]} is not an absolute path. Programs are started by their full path only.")
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE if given else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT if with_errors else asyncio.subprocess.PIPE,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ProgramFailed(f"{argv[0]} could not be started: {error}.") from error
    said = _Said(cap, on_line)
    status: int | None = None
    try:
        async with asyncio.timeout(limit_s):
            readers = [said.read(process.stdout, keep=True), _feed(process.stdin, given)]
            if not with_errors:
                readers.append(said.read(process.stderr, keep=False))
            await asyncio.gather(*readers)
            status = await process.wait()
    except TimeoutError:
        pass
    finally:
        await finish(_end(process, wind_down if status is None else None))
    return Ended(status, said.text(), tuple(said.tail), said.truncated, tuple(said.errors))


async def finish(work: Coroutine[Any, Any, Returned]) -> Returned:
    """Run something to its end even while the caller is being cancelled, then let the cancellation through."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except BaseException:
            if cancelled is None:
                raise
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    return task.result()


class _Said:
    """What a program says: the beginning is kept, the last lines too, and what lies between is counted only."""

    def __init__(self, cap: int, on_line: LineListener | None) -> None:
        self._cap = cap
        self._on_line = on_line
        self._kept: list[bytes] = []
        self._size = 0
        self._told = 0
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.errors: deque[str] = deque(maxlen=TAIL_LINES)
        self.truncated = False

    def text(self) -> str:
        return b"".join(self._kept).decode("utf-8", "replace")

    async def read(self, stream: asyncio.StreamReader | None, *, keep: bool) -> None:
        rest = b""
        while stream is not None and (chunk := await stream.read(65_536)):
            if keep:
                room = self._cap - self._size
                self._kept.append(chunk[: max(0, room)])
                self._size += len(chunk)
                self.truncated = self.truncated or len(chunk) > room
            *lines, rest = _LINE_END.split(rest + chunk)
            for line in lines:
                self._line(line, keep)
            while len(rest) > MAX_LINE:
                self._line(rest[:MAX_LINE], keep)
                rest = rest[MAX_LINE:]
        if rest:
            self._line(rest, keep)

    def _line(self, raw: bytes, keep: bool) -> None:
        line = raw[:MAX_LINE].decode("utf-8", "replace").rstrip("\r")
        self.tail.append(line)
        if not keep:
            self.errors.append(line)
        if self._on_line is None:
            return
        self._told += len(raw) + 1
        if self._told <= self._cap:
            self._on_line(line)


async def _feed(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    """Give a program its input; one that does not read to the end is no fault of ours."""
    if stream is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(data)
        await stream.drain()
    stream.close()


async def _end(process: asyncio.subprocess.Process, wind_down: Callable[[int], Awaitable[None]] | None) -> None:
    """Ask the group to end, then kill it; a child of the program may outlive the program itself."""
    if process.returncode is None:
        if wind_down is not None:
            await wind_down(process.pid)
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await process.wait()
    _signal(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
