"""Two sidecars as real processes, a real Redis, clients behind a proxy that cuts and stalls: still one story."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.support.history import History, Sent, check
from collaboration import tokens
from collaboration.client import Client, ConflictError, SessionError
from tests.collaboration.conftest import SECRET
from tests.collaboration.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://127.0.0.1:8501"
LIMITS = {"ops_per_s": 1e6, "ops_burst": 10**6, "frames_per_s": 1e6, "frames_burst": 10**6}
PEOPLE, CHANGES = 4, 150
KEYS = ("state/a", "state/b", "preset", "run/n")


class Node:
    """A sidecar's process, behind a proxy whose address stays the same when the process is killed and started again."""

    def __init__(self, redis_url: str):
        self.redis_url = redis_url
        self.port = self.behind = 0
        self.pipes: set[asyncio.StreamWriter] = set()
        self.passing = asyncio.Event()
        self.passing.set()
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "collaboration", "--child", cwd=ROOT, stdin=pipe, stdout=pipe)
        assert process.stdin is not None
        assert process.stdout is not None
        told = {"secret": SECRET.decode(), "origins": [ORIGIN], "port": 0, "limits": LIMITS, "redis_url": self.redis_url}
        process.stdin.write(json.dumps(told).encode() + b"\n")
        self.behind = json.loads(await process.stdout.readline())["port"]
        self.process = process

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def cut(self) -> None:
        for writer in list(self.pipes):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection("127.0.0.1", self.behind)
        except OSError:
            writer.transport.abort()
            return
        self.pipes |= {writer, ours}
        await asyncio.gather(self._pass(reader, ours), self._pass(theirs, writer))
        self.pipes -= {writer, ours}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self.passing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


class Person:
    """A client that keeps its history."""

    def __init__(self, name: str, nodes: list[Node], session: str, seed: int):
        self.history, self.nodes, self.session = History(name), nodes, session
        self.chance = random.Random(seed)
        self.client = Client(self.ticket, ORIGIN, self.listen, prefix=name)
        self.last = 0

    async def ticket(self) -> tuple[str, str]:
        granted = tokens.Pass(self.session, self.history.person, self.history.person, "editor", "", True)
        node = self.chance.choice(self.nodes)
        return f"ws://127.0.0.1:{node.port}/", tokens.mint(SECRET, granted, time.time(), secrets.token_hex(8))

    def listen(self, message: dict[str, Any]) -> None:
        kind, epoch = message["type"], self.client.epoch
        if kind == "snapshot":
            self.last = message["seq"]
            self.history.got.append((epoch, self.last, {key: (held["rev"], held["value"]) for key, held in message["state"].items()}))
        elif kind == "op" and message["seq"] > self.last:
            self.last = message["seq"]
            self.history.got.append((epoch, self.last, message["by"], message["id"], message["key"], message["value"]))
        elif kind == "ack":
            asked = self.history.sent[message["id"]]
            if message["seq"] > self.last:
                self.last = message["seq"]
                self.history.got.append((epoch, self.last, self.history.person, message["id"], asked.key, asked.value))
            self.history.acked.append((epoch, message["id"], message["seq"]))
        elif kind == "conflict":
            self.history.conflicts.append((epoch, message["id"], message["rev"]))

    async def work(self) -> None:
        """Change things one after the other, as fast as they are answered."""
        for number in range(1, CHANGES + 1):
            key = self.chance.choice(KEYS)
            held = self.client.state.get(key)
            base = None if key == "run/n" else held.rev if held else 0
            value = f"{self.history.person}-{number}"
            self.history.sent[value] = Sent(key, base, value)
            try:
                await self.client.set(key, value, base, within_s=60)
            except ConflictError:
                pass
            except SessionError as problem:
                # the store was away for long: what was made of it shows in the log
                if problem.code != "unavailable":
                    raise
            await asyncio.sleep(self.chance.uniform(0, 0.01))


async def test_cuts_stalls_a_killed_sidecar_and_a_redis_that_restarts_are_survived_with_one_story() -> None:
    redis = RedisServer()
    await redis.start()
    nodes = [Node(redis.url), Node(redis.url)]
    await asyncio.gather(*(node.start() for node in nodes))
    servers = [await node.listen() for node in nodes]
    people = [Person(f"p{number}", nodes, secrets.token_urlsafe(24) if not number else "", number) for number in range(PEOPLE)]
    for person in people:
        person.session = people[0].session
        await person.client.join(20)
    works = [asyncio.create_task(person.work()) for person in people]

    async def misfortune() -> None:
        await asyncio.sleep(0.3)
        nodes[0].cut()
        nodes[1].passing.clear()
        await asyncio.sleep(0.3)
        nodes[1].passing.set()
        await nodes[0].kill()
        nodes[0].cut()
        await nodes[0].start()
        await asyncio.sleep(0.3)
        redis.kill()
        await asyncio.sleep(0.2)
        await redis.start()
        for _ in range(5):
            await asyncio.sleep(0.2)
            random.choice(nodes).cut()

    try:
        async with asyncio.timeout(100):
            await asyncio.gather(misfortune(), *works)
            while len({(p.client.epoch, p.client.seq) for p in people}) > 1 or not all(p.client.connected for p in people):
                await asyncio.sleep(0.05)
        final = [(p.history.person, p.client.epoch, p.client.seq, {k: (h.rev, h.value) for k, h in p.client.state.items()}) for p in people]
    finally:
        for person in people:
            await person.client.close()
        for server in servers:
            server.close()
        for node in nodes:
            await node.kill()
        redis.kill()
    verdict = check((person.history for person in people), final)
    assert verdict.faults == []
    assert verdict.acked > PEOPLE * CHANGES // 3
