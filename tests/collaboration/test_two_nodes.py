"""Two sidecars and one real Redis: one session, whatever node a participant is on."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from collaboration import tokens
from collaboration.client import Client, ConflictError, SessionError
from collaboration.limits import Limits
from collaboration.server import Config, Sidecar
from tests.collaboration.conftest import SECRET
from tests.collaboration.redis_server import RedisServer

ORIGIN = "http://127.0.0.1:8501"
QUICK = Limits(ops_per_s=10_000, ops_burst=10_000, frames_per_s=10_000, frames_burst=10_000)


class Nodes:
    """Two nodes over one store, and clients on either."""

    def __init__(self, redis: RedisServer, nodes: list[Sidecar]):
        self.redis, self.nodes, self.clients = redis, nodes, list[Client]()
        self.session = secrets.token_urlsafe(24)

    async def join(self, person: str, node: int, role: str = "editor", create: bool = True, **options: Any) -> Client:
        async def ticket() -> tuple[str, str]:
            granted = tokens.Pass(self.session, person, person, role, "Two nodes", create)
            return f"ws://127.0.0.1:{self.nodes[node].port}/", tokens.mint(SECRET, granted, time.time(), secrets.token_hex(8))

        client = Client(ticket, ORIGIN, **options)
        self.clients.append(client)
        return await client.join()

    async def same(self, *clients: Client) -> None:
        """Wait until all have come to the same number, and compare what they hold."""
        async with asyncio.timeout(30):
            while len({(client.epoch, client.seq) for client in clients}) > 1 or not all(client.connected for client in clients):
                await asyncio.sleep(0.02)
        for client in clients[1:]:
            assert {k: (h.rev, h.value, h.by) for k, h in client.state.items()} == {
                k: (h.rev, h.value, h.by) for k, h in clients[0].state.items()
            }


@pytest.fixture
async def two() -> AsyncIterator[Nodes]:
    redis = RedisServer()
    await redis.start()
    nodes = [Sidecar(Config(SECRET, (ORIGIN,), port=0, limits=QUICK, redis_url=redis.url)) for _ in range(2)]
    for node in nodes:
        await node.__aenter__()
    made = Nodes(redis, nodes)
    yield made
    for client in made.clients:
        await client.close()
    for node in nodes:
        await node.__aexit__()
    redis.kill()


async def test_a_change_on_one_node_is_seen_and_compared_on_the_other(two: Nodes) -> None:
    ann, bob = await two.join("ann", 0, "owner"), await two.join("bob", 1, create=False)
    rev = await ann.set("preset", "fast", 0)
    await two.same(ann, bob)
    assert bob.state["preset"].value == "fast"
    with pytest.raises(ConflictError) as caught:
        await bob.set("preset", "quality", 0)
    assert (caught.value.rev, caught.value.value, caught.value.by) == (rev, "fast", "ann")
    await bob.set("preset", "quality", rev)
    await two.same(ann, bob)
    assert ann.state["preset"].value == "quality"


async def test_roles_and_removal_hold_on_every_node(two: Nodes) -> None:
    ann, bob = await two.join("ann", 0, "owner"), await two.join("bob", 1)
    await two.same(ann, bob)
    await ann.set_role("bob", "viewer")
    with pytest.raises(SessionError, match="viewer"):
        await bob.set("sel/x", True)
    await ann.remove("bob")
    async with asyncio.timeout(5):
        while bob.over is None:
            await asyncio.sleep(0.02)
    assert bob.over.code == "removed"
    with pytest.raises(SessionError, match="removed"):
        await two.join("bob", 0)


async def test_a_race_of_joins_on_two_nodes_lets_in_exactly_ten(two: Nodes) -> None:
    await two.join("ann", 0, "owner")
    joined = await asyncio.gather(*(two.join(f"p{n}", n % 2) for n in range(20)), return_exceptions=True)
    assert sum(isinstance(outcome, Client) for outcome in joined) == 9
    assert {str(outcome) for outcome in joined if isinstance(outcome, Exception)} == {"The session has 10 participants already."}


async def test_presence_crosses_nodes(two: Nodes) -> None:
    ann, bob = await two.join("ann", 0, "owner"), await two.join("bob", 1)
    bob.look({"page": "review"})
    async with asyncio.timeout(5):
        while ann.people.get("bob", {}).get("where") != {"page": "review"}:
            await asyncio.sleep(0.02)
        while not bob.people.get("ann", {}).get("online"):
            await asyncio.sleep(0.02)


async def test_who_moves_to_the_other_node_gets_exactly_what_it_missed(two: Nodes) -> None:
    ann, bob = await two.join("ann", 0, "owner"), await two.join("bob", 0)
    heard: list[dict[str, Any]] = []
    seq, epoch = bob.seq, bob.epoch
    await bob.close()
    for number in range(20):
        await ann.set(f"run/{number}", number)

    moved = Client(lambda: ticket_of(two, "bob", 1), ORIGIN, heard.append)
    moved.epoch, moved.seq, moved.state = epoch, seq, dict(bob.state)
    two.clients.append(moved)
    await moved.join()
    await two.same(ann, moved)
    assert [message["value"] for message in heard if message["type"] == "op"] == list(range(20))
    assert not [message for message in heard if message["type"] == "snapshot"]


async def ticket_of(two: Nodes, person: str, node: int) -> tuple[str, str]:
    granted = tokens.Pass(two.session, person, person, "editor")
    return f"ws://127.0.0.1:{two.nodes[node].port}/", tokens.mint(SECRET, granted, time.time(), secrets.token_hex(8))


async def test_a_subscriber_that_is_killed_again_and_again_loses_nothing(two: Nodes) -> None:
    ann, bob = await two.join("ann", 0, "owner"), await two.join("bob", 1)
    heard: list[int] = []
    bob._listen = lambda message: heard.append(message["value"]) if message["type"] == "op" and message["key"] == "run/n" else None
    admin = Redis.from_url(two.redis.url)
    for number in range(300):
        await ann.set("run/n", number)
        if number % 75 == 30:
            await admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await two.same(ann, bob)
    await admin.aclose()
    assert heard == list(range(300))


async def test_a_redis_that_starts_again_empty_gets_the_session_back(two: Nodes) -> None:
    ann, bob = await two.join("ann", 0, "owner"), await two.join("bob", 1)
    await ann.set("state/kept", "precious")
    await two.same(ann, bob)
    epoch = ann.epoch
    two.redis.kill()
    writing = asyncio.create_task(bob.set("state/meanwhile", "written while it was away"))
    await asyncio.sleep(0.3)
    await two.redis.start()
    await writing
    await two.same(ann, bob)
    assert ann.epoch != epoch
    assert (ann.state["state/kept"].value, ann.state["state/meanwhile"].value) == ("precious", "written while it was away")
    assert ann.role == "owner"


async def test_nothing_is_left_in_redis_when_everybody_has_left(two: Nodes) -> None:
    ann, bob = await two.join("ann", 0, "owner"), await two.join("bob", 1)
    await ann.set("state/x", 1)
    await ann.leave()
    await bob.leave()
    admin = Redis.from_url(two.redis.url)
    async with asyncio.timeout(5):
        while any(not key.startswith(b"omni:t:") for key in await admin.keys("*")):
            await asyncio.sleep(0.05)
    await admin.aclose()
    assert [len(node.backplane) for node in two.nodes] == [0, 0]
