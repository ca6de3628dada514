"""What must hold against whoever connects: guesses, foreign pages, bombs, floods, silent readers, races, leaks (SECURITY 15-21)."""

from __future__ import annotations

import asyncio
import gc
import json
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from collaboration import tokens
from collaboration.limits import Limits
from collaboration.rooms import Room
from collaboration.seats import Gathering, Seat
from collaboration.server import Config, Sidecar
from tests.collaboration.conftest import SECRET, SESSION, House

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://127.0.0.1:8501"
GENEROUS = {"ops_per_s": 100_000, "ops_burst": 100_000, "frames_per_s": 100_000, "frames_burst": 100_000}


def token(person: str, role: str = "editor", create: bool = False, session: str = SESSION) -> str:
    return tokens.mint(SECRET, tokens.Pass(session, person, person, role, "", create), time.time(), secrets.token_hex(8))


@asynccontextmanager
async def sidecar(**limits: Any) -> AsyncIterator[Sidecar]:
    async with Sidecar(Config(SECRET, (ORIGIN,), port=0, limits=Limits(**limits))) as node:
        yield node


async def joined(port: int, person: str, role: str = "editor", **options: Any) -> ClientConnection:
    opened = await connect(f"ws://127.0.0.1:{port}/", origin=ORIGIN, proxy=None, max_size=None, **options)  # type: ignore[arg-type]
    await opened.send(json.dumps({"type": "hello", "token": token(person, role, role == "owner")}))
    for _ in range(3):
        await asyncio.wait_for(opened.recv(), 5)
    return opened


class TestTheDoor:
    def test_ten_thousand_guesses_are_no_join(self, house: House) -> None:
        house.join("ann", "owner")
        genuine = house.token("bob")
        payload, _, signature = genuine.partition(".")
        for number in range(10_000):
            line = house.line()
            guess = (
                f"{payload}.{secrets.token_hex(32)}",
                f"{payload[:-1]}{'A' if payload[-1] != 'A' else 'B'}.{signature}",
                secrets.token_urlsafe(120),
                tokens.mint(b"another secret of enough length!", tokens.Pass(SESSION, "bob", "B", "owner"), house.clock.at / 1000, "n"),
            )[number % 4]
            line.say("hello", token=guess)
            assert line.closed == 4001
        assert house.hub.counters.joins == 1
        assert list(house.hub.gatherings[SESSION].room.members) == ["ann"]

    @pytest.mark.parametrize(
        "origin",
        [
            None,
            "null",
            "http://evil.example",
            "http://127.0.0.1:8502",
            "http://127.0.0.1:8501.evil.example",
            "https://127.0.0.1:8501",
            "http://localhost:8501",
            "http://127.0.0.1:85011",
        ],
    )
    async def test_a_page_from_elsewhere_is_refused_in_the_handshake(self, origin: str | None) -> None:
        async with sidecar() as node:
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://127.0.0.1:{node.port}/", origin=origin, proxy=None)  # type: ignore[arg-type]
            assert refused.value.response.status_code == 403
            assert node.hub.counters.connections == 0

    async def test_whoever_says_nothing_is_closed_in_time(self) -> None:
        async with sidecar(hello_s=0.2) as node:
            silent = await connect(f"ws://127.0.0.1:{node.port}/", origin=ORIGIN, proxy=None)  # type: ignore[arg-type]
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(_until_closed(silent), 5)
            assert silent.close_code == 4001
        assert Limits().hello_s == 5.0

    async def test_sessions_are_counted_and_never_listed(self) -> None:
        from collaboration.supervisor import ask

        async with sidecar() as node:
            ann = await joined(node.port, "ann", "owner")
            for path in ("/health", "/metrics", "/", "/sessions", "/attach", "/health?x=1"):
                _, body = await ask("127.0.0.1", node.port, path)
                assert SESSION.encode() not in body
                assert b"ann" not in body
            assert b"omni_collaboration_sessions 1\n" in (await ask("127.0.0.1", node.port, "/metrics"))[1]
            assert json.loads((await ask("127.0.0.1", node.port, "/health"))[1])["status"] == "healthy"
            await ann.close()

    async def test_fifty_racing_joins_let_in_exactly_ten(self) -> None:
        async with sidecar() as node:
            ann = await joined(node.port, "p0", "owner")
            lines = await asyncio.gather(
                *(connect(f"ws://127.0.0.1:{node.port}/", origin=ORIGIN, proxy=None) for _ in range(50))  # type: ignore[arg-type]
            )
            await asyncio.gather(*(line.send(json.dumps({"type": "hello", "token": token(f"p{n + 1}")})) for n, line in enumerate(lines)))
            answers = [json.loads(await asyncio.wait_for(line.recv(), 5)) for line in lines]
            assert sorted(answer["type"] for answer in answers) == ["bye"] * 41 + ["welcome"] * 9
            assert len(node.hub.gatherings[SESSION].room.members) == 10
            await asyncio.gather(ann.close(), *(line.close() for line in lines))


async def _until_closed(line: ClientConnection) -> None:
    while True:
        await line.recv()


class Child:
    """A sidecar in a process of its own, whose memory can be read and whose opened files are counted."""

    SCRIPT = """
import asyncio, json, sys, uvloop
from collaboration.limits import Limits
from collaboration.server import Config, Sidecar
told = json.loads(sys.stdin.readline())
opened = []
async def main():
    loop = asyncio.get_running_loop()
    async with Sidecar(Config(told["secret"].encode(), ("http://127.0.0.1:8501",), port=0, limits=Limits(**told["limits"]))) as node:
        sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
        print(node.port, flush=True)
        await loop.run_in_executor(None, sys.stdin.readline)
        print(json.dumps([opened, len(node.hub.gatherings), len(node.backplane)]), flush=True)
uvloop.run(main())
"""

    def __init__(self, process: asyncio.subprocess.Process, port: int):
        self.process, self.port = process, port

    def peak_mb(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmHWM:")[1].split()[0]) / 1024

    async def finish(self) -> list[Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        found: list[Any] = json.loads(await self.process.stdout.readline())
        await self.process.wait()
        return found


@asynccontextmanager
async def child(**limits: Any) -> AsyncIterator[Child]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", Child.SCRIPT, cwd=ROOT, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"secret": SECRET.decode(), "limits": limits}).encode() + b"\n")
    try:
        yield Child(process, int(await process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class TestWhatItCosts:
    async def test_a_bomb_costs_less_than_ten_megabytes_and_the_others_go_on(self) -> None:
        async with child() as node:
            ann = await joined(node.port, "ann", "owner", compression=None)
            bob = await joined(node.port, "bob")
            before = node.peak_mb()
            bomb = b'{"type":"op","id":"1","key":"state/x","value":"' + b" " * 50_000_000 + b'"}'
            await bob.send(bomb, text=True)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(_until_closed(bob), 20)
            assert bob.close_code == 1009
            assert node.peak_mb() - before < 10
            await ann.send('{"type":"ping"}')
            assert await _next(ann, "pong")

    async def test_a_silent_reader_costs_one_buffer_and_is_dropped(self) -> None:
        async with child(**GENEROUS, stuck_s=1.5) as node:
            ann = await joined(node.port, "ann", "owner", compression=None)
            reads = asyncio.create_task(_count(ann))
            silent = socket.socket()
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.connect(("127.0.0.1", node.port))
            silent.sendall(_handshake(node.port))
            silent.recv(4096)
            silent.sendall(_masked(json.dumps({"type": "hello", "token": token("bob")}).encode()))
            await asyncio.sleep(0.3)
            before = node.peak_mb()
            line = json.dumps({"type": "op", "id": "ID", "key": "run/x", "value": "x" * 50_000})
            for number in range(600):
                await ann.send(line.replace("ID", f"i{number}"))
            deadline = time.monotonic() + 20
            while await _drops(node.port) == 0 and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
            assert await _drops(node.port) == 1
            assert node.peak_mb() - before < 8, "30 MB were written past the silent reader"
            silent.close()
            reads.cancel()

    async def test_nothing_is_opened_after_the_start_and_nothing_is_left_at_the_end(self) -> None:
        async with child() as node:
            ann, bob = await joined(node.port, "ann", "owner"), await joined(node.port, "bob")
            for number, key in enumerate(("chat", "run/1", "sel/x", "state/x", "custom/x")):
                value: Any = {"text": "x"} if key == "chat" else True
                await ann.send(json.dumps({"type": "op", "id": str(number), "key": key, "value": value}))
                assert await _next(ann, "ack")
            await bob.close()
            again = await joined(node.port, "bob")
            with pytest.raises(InvalidStatus):
                await connect(f"ws://127.0.0.1:{node.port}/", origin="http://evil.example", proxy=None)  # type: ignore[arg-type]
            await _drops(node.port)
            for line in (again, ann):
                await line.send('{"type":"leave"}')
                with pytest.raises(ConnectionClosed):
                    await asyncio.wait_for(_until_closed(line), 5)
            assert await node.finish() == [[], 0, 0]

    def test_a_thousand_sessions_that_came_and_went_leave_no_object(self, house: House) -> None:
        for number in range(1_000):
            session = f"session-number-{number:05d}"
            ann = house.join("ann", "owner", session=session)
            bob = house.join("bob", session=session)
            bob.say("op", id="1", key="chat", value={"text": "x"})
            if number % 2:
                bob.drop()
                ann.say("leave")
                ann.drop()
            else:
                ann.drop()
                bob.drop()
            house.clock.now += 0.1
        del ann, bob
        house.wait(125)
        house.hub.flush()
        gc.collect()
        kinds = (Room, Gathering, Seat)
        left = [held for held in gc.get_objects() if type(held) in kinds and _of(held)]
        assert left == []
        assert len(house.backplane) == len(house.hub.gatherings) == house.hub.counters.connections == 0


def _of(held: object) -> bool:
    """Tell whether an object belongs to this test's sessions; other tests' may still wait to be collected."""
    session = held.session if isinstance(held, Room) else held.room.session if isinstance(held, Gathering) else ""
    return session.startswith("session-number-")


async def _next(line: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while True:
            message: dict[str, Any] = json.loads(await line.recv())
            if message["type"] == kind:
                return message


async def _count(line: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        async for _ in line:
            pass


async def _drops(port: int) -> int:
    from collaboration.supervisor import ask

    _, body = await ask("127.0.0.1", port, "/metrics")
    return int(body.split(b"\nomni_collaboration_drops_total ")[1].split()[0])


def _handshake(port: int) -> bytes:
    lines = (
        "GET / HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Origin: {ORIGIN}",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join([*lines, "", ""]).encode()


def _masked(payload: bytes) -> bytes:
    head = bytes((0x81, 0x80 | 126)) + len(payload).to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


def test_the_bounds_are_those_of_the_protocol(make_house: Callable[..., House]) -> None:
    limits = Limits()
    assert (limits.ring_ops, limits.ring_bytes, limits.message_bytes, limits.text_bytes) == (1024, 2_000_000, 262_144, 131_072)
    assert (limits.hold_s, limits.stuck_s, limits.state_bytes, limits.high_bytes) == (60.0, 45.0, 8 * 1024 * 1024, 262_144)
    assert (limits.ops_per_s, limits.ops_burst, limits.participants) == (20.0, 40, 10)
