"""A session in memory under faults: clients over links that are slow, cut, resumed; a node restarted. Time and chance are seeded."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import orjson

from benchmarks.support.history import History, Sent, Verdict, check
from collaboration import tokens
from collaboration.limits import Limits
from collaboration.memory import Memory
from collaboration.protocol import Hub
from collaboration.rooms import Room
from collaboration.seats import Seat

SECRET, SESSION = b"h" * 32, "a-session-to-be-checked"
LIMITS = Limits(
    participants=16,
    ops_per_s=1e9,
    ops_burst=10**9,
    frames_per_s=1e9,
    frames_burst=10**9,
    ring_ops=200,
    high_bytes=4_000,
    low_bytes=1_000,
    remembered_ids=400,
    hold_s=1e9,
)
KEYS = ("state/a", "state/b", "sel/x", "preset", "cwd", "run/n", "chat")


class Link:
    """One connection, both ways, with what is under way in each."""

    def __init__(self, world: World, client: Client):
        self.world, self.client = world, client
        self.up: deque[bytes] = deque()
        self.down: deque[bytes] = deque()
        self.size = 0
        self.open = True
        self.stalled = False
        self.seat: Seat = world.hub.seat(self, False, world.now)

    def write(self, data: bytes, /) -> None:
        """Take a frame from the hub."""
        self.down.append(data)
        self.size += len(data)

    def backlog(self) -> int:
        """Count what the client has not read."""
        return self.size

    def close(self, code: int, reason: str) -> None:
        """The hub closes."""
        self.cut()

    def abort(self) -> None:
        """The hub drops it."""
        self.cut()

    def cut(self) -> None:
        """Lose the connection with all that is under way, in both directions."""
        if self.open:
            self.open = False
            self.world.hub.gone(self.seat, self.world.now)
            self.client.link = None


class Client:
    """A client as docs/collaboration.md asks for it, in as few lines as that takes."""

    def __init__(self, world: World, person: str):
        self.world, self.person = world, person
        self.history = History(person)
        self.link: Link | None = None
        self.epoch, self.seq, self.count = "", 0, 0
        self.state: dict[str, tuple[int, Any]] = {}
        self.pending: dict[str, bytes] = {}

    def connect(self) -> None:
        """Come (back) and ask for what was missed."""
        self.link = Link(self.world, self)
        hello: dict[str, Any] = {"type": "hello", "token": self.world.token(self.person)}
        if self.epoch:
            hello["resume"] = {"epoch": self.epoch, "seq": self.seq}
        self.link.up.append(orjson.dumps(hello))

    def change(self, chance: random.Random) -> None:
        """Ask for a change; compare-and-set mostly with the revision that was seen."""
        key = chance.choice(KEYS)
        self.count += 1
        ident = f"{self.person}-{self.count}"
        event = key in ("run/n", "chat")
        base = None if event or (key.startswith(("state", "sel")) and chance.random() < 0.3) else self.state.get(key, (0, None))[0]
        value: Any = {"text": ident} if key == "chat" else True if key == "sel/x" else ident
        self.history.sent[ident] = Sent(key, base, value)
        body = {"type": "op", "id": ident, "key": key, "value": value}
        self.pending[ident] = payload = orjson.dumps(body if base is None else {**body, "base_rev": base})
        if self.link is not None:
            self.link.up.append(payload)

    def take(self, data: bytes) -> None:
        """Read one frame."""
        size = data[1]
        message = orjson.loads(data[{126: 4, 127: 10}.get(size, 2) :])
        kind = message["type"]
        if kind == "op":
            if message["seq"] > self.seq:
                self.seq = message["seq"]
                self.record(message["seq"], message["by"], message["id"], message["key"], message["value"])
                if message["by"] == self.person and self.pending.pop(message["id"], None) is not None:
                    self.history.acked.append((self.epoch, message["id"], message["seq"]))
        elif kind == "ack":
            ident = message["id"]
            if message["seq"] > self.seq:
                self.seq = message["seq"]
                asked = self.history.sent[ident]
                self.record(message["seq"], self.person, ident, asked.key, asked.value)
            if self.pending.pop(ident, None) is not None:
                self.history.acked.append((self.epoch, ident, message["seq"]))
        elif kind == "conflict":
            if self.pending.pop(message["id"], None) is not None:
                self.history.conflicts.append((self.epoch, message["id"], message["rev"]))
        elif kind == "snapshot":
            self.epoch, self.seq = message["epoch"], message["seq"]
            self.state = {key: (held["rev"], held["value"]) for key, held in message["state"].items()}
            self.history.got.append((self.epoch, self.seq, dict(self.state)))
            self.again()
        elif kind == "welcome" and message["resumed"]:
            self.again()
        elif kind == "refused":
            raise AssertionError(message)

    def record(self, seq: int, by: str, ident: str, key: str, value: Any) -> None:
        """Take in one op."""
        self.history.got.append((self.epoch, seq, by, ident, key, value))
        if key in ("run/n", "chat"):
            return
        if value is None:
            self.state.pop(key, None)
        else:
            self.state[key] = (seq, value)

    def again(self) -> None:
        """Send what was not answered."""
        if self.link is not None:
            self.link.up.extend(self.pending.values())


class World:
    """One hub, some clients, and misfortune in the given measure."""

    def __init__(self, seed: int, clients: int, restarts: bool = False):
        self.chance = random.Random(seed)
        self.now = 1_000.0
        self.nonce = 0
        self.restarts = restarts
        self.died: list[tuple[str, int, str]] = []
        self.hub = self.start()
        self.clients = [Client(self, f"p{number}") for number in range(clients)]

    def start(self) -> Hub:
        """Start a node with nothing in memory."""
        self.plane = Memory(LIMITS, lambda: self.now)
        hub = Hub(SECRET, LIMITS, self.plane)
        self.plane.hub = hub
        return hub

    def token(self, person: str) -> str:
        """Mint a ticket."""
        self.nonce += 1
        granted = tokens.Pass(SESSION, person, person, "owner" if person == "p0" else "editor", "", True)
        return tokens.mint(SECRET, granted, self.now, f"n{self.nonce}")

    def run(self, ops: int) -> Verdict:
        """Make that many changes under faults, then let everybody come to rest, and judge."""
        made, chance = 0, self.chance
        while made < ops:
            client = chance.choice(self.clients)
            luck = chance.random()
            if client.link is None:
                client.connect()
            elif luck < 0.002:
                client.link.cut()
            elif luck < 0.006:
                client.link.stalled = not client.link.stalled
            elif luck < 0.0061 and self.restarts:
                self.restart()
            elif luck < 0.5 and len(client.pending) < 20:
                client.change(chance)
                made += 1
            self.move(client, chance.randint(1, 12))
            if made % 16 == 0:
                self.now += 0.01
                self.hub.drain(self.now)
        self.rest()
        return check(
            (client.history for client in self.clients),
            [(client.person, client.epoch, client.seq, client.state) for client in self.clients],
            self.died,
        )

    def restart(self) -> None:
        """Kill the node: its memory is gone, and every connection with it."""
        for client in self.clients:
            if client.link is not None:
                client.link.cut()
        self.plane.open(SESSION, "", False, self.witness)
        self.hub = self.start()

    def witness(self, room: Room | None) -> None:
        """Note what a node that dies had last made; its answer comes before the call returns."""
        if room is not None:
            self.died += [(room.epoch, op.seq, op.key) for op in room.ring]

    def move(self, client: Client, most: int) -> None:
        """Let some of what is under way arrive."""
        link = client.link
        if link is None:
            return
        for _ in range(most):
            if link.open and link.up:
                self.nonce += 1
                self.hub.receive(link.seat, link.up.popleft(), self.now, int(self.now * 1000), f"epoch{self.nonce}")
        for _ in range(most):
            if link.open and link.down and not link.stalled:
                data = link.down.popleft()
                link.size -= len(data)
                client.take(data)

    def rest(self) -> None:
        """No more faults: everything arrives."""
        for _ in range(10_000):
            busy = False
            for client in self.clients:
                if client.link is None:
                    client.connect()
                assert client.link is not None
                client.link.stalled = False
                busy = busy or bool(client.link.up or client.link.down or client.pending or client.link.seat.cursor is not None)
                self.move(client, 1_000)
            self.now += 0.01
            self.hub.drain(self.now)
            if not busy:
                return
        raise AssertionError("the clients did not come to rest")
