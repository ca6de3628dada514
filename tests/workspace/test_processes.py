"""Programs are run bounded: by time, by output, as a group, and with nothing of our environment."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from workspace.errors import ProgramFailed
from workspace.processes import MAX_LINE, finish, run

PYTHON = (sys.executable, "-IS", "-c")


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def gone(pid: int) -> bool:
    for _ in range(200):
        if not runs(pid):
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_program_that_ends_gives_its_status_its_output_and_its_lines() -> None:
    lines: list[str] = []
    ended = await run(
        [*PYTHON, "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"], env={}, limit_s=30, on_line=lines.append
    )
    assert (ended.status, ended.ok, ended.timed_out) == (3, False, False)
    assert sorted(lines) == ["one", "two"]
    assert sorted(ended.tail) == ["one", "two"]


async def test_errors_can_be_kept_out_of_the_output() -> None:
    ended = await run([*PYTHON, "import sys; print('{}'); print('warning', file=sys.stderr)"], env={}, limit_s=30, with_errors=False)
    assert ended.output == "{}\n"
    assert "warning" in ended.tail


async def test_only_the_environment_that_is_given_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    ended = await run([*PYTHON, "import os; print(sorted(os.environ))"], env={"GIVEN": "1", "LC_ALL": "C.UTF-8"}, limit_s=30)
    assert ended.output.strip() == "['GIVEN', 'LC_ALL']"


async def test_a_writer_without_end_costs_no_more_than_the_cap() -> None:
    told = 0

    def count(line: str) -> None:
        nonlocal told
        told += len(line) + 1

    program = "import sys\nfor _ in range(40): sys.stdout.write('x' * 99 + '\\n' + 'y' * 199_899 + '\\n')"
    ended = await run([*PYTHON, program], env={}, limit_s=60, cap=100_000, on_line=count)
    assert ended.ok
    assert ended.truncated
    assert len(ended.output) == 100_000
    assert told <= 100_000
    assert max(len(line) for line in ended.tail) <= MAX_LINE


async def test_at_the_deadline_the_whole_group_is_gone(tmp_path: Path) -> None:
    note = tmp_path / "child"
    program = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-IS', '-c', 'import signal, time; signal.signal(15, 1); time.sleep(600)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(600)"
    )
    ended = await run([*PYTHON, program], env={}, limit_s=2)
    assert ended.timed_out
    assert ended.status is None
    assert await gone(int(note.read_text()))


async def test_cancelling_ends_it_too(tmp_path: Path) -> None:
    note = tmp_path / "self"
    program = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(600)"
    task = asyncio.create_task(run([*PYTHON, program], env={}, limit_s=600))
    while not note.exists() or not note.read_text():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(int(note.read_text()))


async def test_a_relative_path_and_a_missing_program_are_errors_with_a_sentence() -> None:
    with pytest.raises(ProgramFailed, match="absolute"):
        await run(["podman", "info"], env={}, limit_s=5)
    with pytest.raises(ProgramFailed, match="could not be started"):
        await run(["/nonexistent/podman"], env={}, limit_s=5)


async def test_what_must_be_finished_is_finished_although_the_caller_is_cancelled_twice() -> None:
    done = asyncio.Event()
    inside = asyncio.Event()

    async def clean() -> None:
        inside.set()
        await asyncio.sleep(0.05)
        done.set()

    task = asyncio.create_task(finish(clean()))
    await inside.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_a_failure_while_finishing_is_not_hidden() -> None:
    async def clean() -> None:
        raise ProgramFailed("still there")

    with pytest.raises(ProgramFailed, match="still there"):
        await finish(clean())
