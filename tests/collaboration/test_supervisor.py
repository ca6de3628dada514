"""The supervised child: started, restarted, shared, taken over; and what it says when the port is another's."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from collaboration.installation import secret_of
from collaboration.server import Config
from collaboration.supervisor import Supervisor, ask

ORIGINS = ("http://127.0.0.1:8501",)


def config(secret: bytes, port: int = 0, origins: tuple[str, ...] = ORIGINS) -> Config:
    return Config(secret, origins, port=port)


async def until(condition: Callable[[], bool], patience_s: float = 20) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_child_is_started_told_in_secret_and_started_again_when_it_is_killed(tmp_path: Path) -> None:
    secret = secret_of(tmp_path)
    keeper = Supervisor(config(secret))
    await keeper.start(20)
    assert keeper._process is not None
    first, pid = keeper.status.port, keeper._process.pid
    assert first
    told = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    assert secret not in told
    assert b"KEY" not in told
    os.kill(pid, signal.SIGKILL)
    await until(lambda: keeper.status.port is None or keeper.status.port != first)
    await until(lambda: keeper.status.port is not None)
    port = keeper.status.port
    assert port is not None
    assert (await ask("127.0.0.1", port, "/health"))[0] == 200
    await keeper.stop()
    assert (await ask("127.0.0.1", port, "/health"))[0] == 0


async def test_a_port_of_another_program_is_named_and_nothing_waits_for_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        keeper = Supervisor(config(b"x" * 32, other.getsockname()[1]))
        await keeper.start(20)
        assert "another program" in keeper.status.sentence
        await keeper.stop()


async def test_a_second_app_of_the_installation_shares_and_takes_over() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = b"y" * 32
    one, two = Supervisor(config(secret, port)), Supervisor(config(secret, port, ("http://127.0.0.1:8601",)))
    await one.start(20)
    await two.start(20)
    assert (two.status.port, two.status.shared) == (port, True)
    stranger = Supervisor(config(b"z" * 32, port))
    await stranger.start(20)
    assert "another installation" in stranger.status.sentence
    await stranger.stop()
    await one.stop()
    await until(lambda: two.status.port == port and not two.status.shared)
    await two.stop()


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = secret_of(tmp_path)
    assert secret_of(tmp_path) == first
    assert len(first) >= 32
    assert (tmp_path / "collaboration.key").stat().st_mode & 0o777 == 0o600
    assert secret_of(tmp_path, "g" * 40) == b"g" * 40


async def test_a_sidecar_that_fell_comes_back_on_the_port_that_open_pages_may_connect_to(tmp_path: Path) -> None:
    keeper = Supervisor(config(secret_of(tmp_path)))
    await keeper.start(20)
    try:
        assert keeper._process is not None
        first, pid = keeper.status.port, keeper._process.pid
        os.kill(pid, signal.SIGKILL)
        await until(lambda: keeper._process is not None and keeper._process.pid != pid and keeper.status.port is not None)
        assert keeper.status.port == first
    finally:
        await keeper.stop()
