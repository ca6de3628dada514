"""Runs a planned command after it was confirmed: as a group of its own, with a deadline, its output bounded and without secrets."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workspace.command_line import Planned
from workspace.command_plan import plan
from workspace.errors import CommandRefused
from workspace.files import Workspace
from workspace.processes import MAX_OUTPUT, Ended, LineListener, finish, run
from workspace.programs import environment
from workspace.repository.program import open_git
from workspace.secrets import mask, mask_quick
from workspace.trust import Act

_MARK = "OMNI_COMMAND"
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended. `status` is None where the deadline ended it; `seconds` is its time, `output` at most a MiB, masked."""

    text: str
    title: str
    argv: tuple[str, ...]
    status: int | None
    output: str
    truncated: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Tell whether it ended by itself and reported success."""
        return self.status == 0


async def run_command(
    workspace: Workspace, confirmed: Planned, on_line: LineListener | None = None, limit_s: float | None = None
) -> Result:
    """Run what was confirmed. Raises Restricted, CommandRefused where the line means something else by now, ProgramFailed.

    `on_line` hears the output line by line, masked. When it returns, or is cancelled, nothing that it started is left.
    """
    workspace.allow(Act.RUN)
    planned = plan(workspace, confirmed.text)
    if planned != confirmed:
        raise CommandRefused("What this line would run has changed since you saw it. Look at it again, then confirm it.")
    began = time.monotonic()
    limit = limit_s or planned.template.limit_s
    hear = (lambda line: on_line(mask_quick(line))) if on_line is not None else None
    if planned.tool.within is not None:
        ended = Ended(0, planned.tool.within(workspace, planned.options, planned.arguments)[:MAX_OUTPUT], ())
    elif planned.tool.id == "git":
        git = await open_git(workspace)
        ended = await git.call(*planned.argv[1:], on_line=hear, limit_s=limit, most=MAX_OUTPUT)
        if not ended.ok and not ended.output:
            ended = Ended(ended.status, "\n".join(ended.errors), ended.tail)
    else:
        ended = await _outside(workspace, planned, hear, limit)
    return Result(
        planned.text,
        planned.title,
        planned.argv,
        ended.status,
        mask(ended.output).text,
        ended.truncated,
        time.monotonic() - began,
    )


async def _outside(workspace: Workspace, planned: Planned, hear: Callable[[str], None] | None, limit_s: float) -> Ended:
    workspace.require()
    marker = secrets.token_hex(16)
    try:
        return await run(
            planned.argv,
            env=environment(planned.tool.passes, workspace.root.path) | {_MARK: marker},
            limit_s=limit_s,
            on_line=hear,
            cap=MAX_OUTPUT,
            cwd=str(workspace.root.path),
            wind_down=lambda group: asyncio.to_thread(_end_marked, marker, group),
        )
    finally:
        await finish(asyncio.to_thread(_end_marked, marker))


def _end_marked(marker: str, spared: int = 0) -> None:
    """Kill what the command started and left outside its group: it still carries the command's own mark in its environment.

    The group `spared` is asked to end by other means, which leaves it time to tidy up.
    """
    wanted = f"{_MARK}={marker}".encode()
    for _ in range(_ROUNDS):  # one that was just being started is met in the next round
        if not _kill_carriers(wanted, spared):
            return


def _kill_carriers(wanted: bytes, spared: int) -> int:
    killed = 0
    for entry in Path("/proc").iterdir() if os.path.isdir("/proc/self") else ():
        if entry.name.isdigit():
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes() and os.getpgid(int(entry.name)) != spared:
                    os.kill(int(entry.name), signal.SIGKILL)
                    killed += 1
    return killed
