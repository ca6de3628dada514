"""Running what was confirmed (SECURITY 7, 8): exactly that, in a clean environment, bounded, and with nothing left behind."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path

import pytest

from tests.support.git_server import git
from workspace.command_plan import plan
from workspace.command_run import run_command
from workspace.errors import CommandRefused, Restricted
from workspace.files import open_workspace
from workspace.processes import MAX_OUTPUT

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
PYTHON = f"#!{sys.executable} -IS\n"


def program(tools: Path, name: str, text: str) -> None:
    (tools / name).write_text(PYTHON + text)


async def test_the_exact_argv_runs_in_the_workspace_with_a_clean_environment(workspace, folder, tools, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    planned = plan(workspace, "docker build -t shop:dev --build-arg A=1 .")
    done = await run_command(workspace, planned)
    argv, where, names = json.loads(done.output)
    assert argv == [str(tools / "docker"), "build", "-t", "shop:dev", "--build-arg", "A=1", "."]
    assert done.argv == tuple(argv)
    assert where == str(folder)
    assert set(names) <= {"HOME", "LC_ALL", "PATH", "TMPDIR", "OMNI_COMMAND", "SSL_CERT_FILE", "SSL_CERT_DIR", *planned.tool.passes} | {
        n for n in names if n.startswith("XDG_")
    }
    assert (done.status, done.ok, done.truncated) == (0, True, False)


async def test_nothing_runs_before_trust(folder, tools):
    closed = open_workspace(str(folder))
    with pytest.raises(Restricted, match="run commands"):
        await run_command(closed, plan(closed, "docker build ."))


async def test_a_line_that_means_something_else_by_now_is_not_run(workspace, tools, monkeypatch, tmp_path):
    planned = plan(workspace, "docker build .")
    other = tmp_path / "other"
    other.mkdir()
    (tools / "docker").rename(other / "docker")
    monkeypatch.setenv("PATH", str(other))
    with pytest.raises(CommandRefused, match="has changed"):
        await run_command(workspace, planned)


async def test_output_is_told_line_by_line_without_secrets_and_the_status_is_kept(workspace, tools):
    program(tools, "helm", f"import sys; print('token = {TOKEN}'); print('done'); sys.exit(3)")
    told: list[str] = []
    done = await run_command(workspace, plan(workspace, "helm lint charts/shop"), told.append)
    assert told[1] == "done"
    assert TOKEN not in "".join(told) + done.output
    assert (done.status, done.ok) == (3, False)


async def test_a_writer_without_end_is_cut_and_costs_little(workspace, tools):
    program(tools, "docker", "import sys\nwhile True: sys.stdout.write('x' * 999 + '\\n')")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = await run_command(workspace, plan(workspace, "docker images"), limit_s=1.5)
    assert done.status is None
    assert done.truncated
    assert len(done.output) <= MAX_OUTPUT
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10 * 1024


async def test_of_a_hundred_time_outs_nothing_is_left(workspace, tools, tmp_path):
    """Each starts a child in its group, one in a session of its own, and one whose parent is gone; one ignores the request to end."""
    note = tmp_path / "pids"
    program(
        tools,
        "docker",
        "import os, signal, time\n"
        "def note():\n"
        f"    handle = os.open({str(note)!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n"
        "    os.write(handle, b'%d\\n' % os.getpid())\n"
        "note()\n"
        "if os.fork() == 0:\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_IGN); note(); time.sleep(600)\n"
        "if os.fork() == 0:\n"
        "    os.setsid(); note(); time.sleep(600)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        note(); time.sleep(600)\n"
        "    os._exit(0)\n"
        "time.sleep(600)\n",
    )
    planned = plan(workspace, "docker images")
    for _ in range(2):
        ended = await asyncio.gather(*(_stopped(workspace, planned) for _ in range(50)))
        assert ended == [True] * 50
    pids = [int(line) for line in note.read_text().split()]
    assert len(pids) >= 100
    for _ in range(200):
        if not any(_lives(pid) for pid in pids):
            break
        await asyncio.sleep(0.05)
    assert [pid for pid in pids if _lives(pid)] == []


async def _stopped(workspace, planned) -> bool:
    return (await run_command(workspace, planned, limit_s=2)).status is None


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_cancelling_ends_a_command(workspace, tools, tmp_path):
    note = tmp_path / "pid"
    program(tools, "docker", f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(600)")
    task = asyncio.create_task(run_command(workspace, plan(workspace, "docker images")))
    while not note.exists() or not note.read_text():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not _lives(int(note.read_text()))


async def test_what_is_answered_without_a_program(workspace, folder):
    async def said(line: str) -> str:
        return (await run_command(workspace, plan(workspace, line))).output

    assert await said("pwd") == str(folder)
    assert await said("echo one 'two three'") == "one two three"
    assert await said("cat Dockerfile entrypoint.sh") == "FROM scratch\necho hi\n"
    assert (await said("ls k8s")) == "web.yaml"
    assert ".env" not in await said("ls")
    assert ".env" in await said("ls -a")


async def test_git_is_run_hardened(workspace, folder, tmp_path):
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "Dockerfile")
    git(folder, "commit", "-q", "-m", "first")
    assert "first" in (await run_command(workspace, plan(workspace, "git log --oneline"))).output
    git(folder, "config", "core.fsmonitor", str(tmp_path / "x"))
    with pytest.raises(Exception, match=r"core\.fsmonitor"):
        await run_command(workspace, plan(workspace, "git status"))
