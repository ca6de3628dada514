"""A typed asynchronous client: joins with a ticket, keeps a copy, comes back after a drop and sends what was not answered."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from collaboration.keys import MEMBER

FINAL = frozenset({4000, 4004, 4009, 4010, 4012, 4029})
"""Close codes after which coming back is pointless."""

PAUSES_S = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
OPEN_S, ANSWER_S = 10.0, 30.0
MAX_SNAPSHOT = 16 * 1024 * 1024


class SessionError(Exception):
    """The session refused something, or is over; `code` is the protocol's word for it."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class ConflictError(SessionError):
    """Another change came first: `key` is at `rev` with `value`, written by `by`."""

    def __init__(self, key: str, rev: int, value: Any, by: str):
        super().__init__("conflict", f"'{key}' was changed by {by or 'nobody'} meanwhile; it is at revision {rev}.")
        self.key, self.rev, self.value, self.by = key, rev, value, by


@dataclass(frozen=True, slots=True)
class Held:
    """What a key holds."""

    rev: int
    value: Any
    by: str
    at: int


@dataclass(slots=True)
class _Open:
    """A change that was not answered yet."""

    payload: bytes
    done: asyncio.Future[int] = field(repr=False)


class Client:
    """One participant's connection. `ticket` returns an address and a fresh token each time it is called.

    `listen` is called with every message that the copy has taken in, in order, each op once.
    """

    def __init__(
        self,
        ticket: Callable[[], Awaitable[tuple[str, str]]],
        origin: str,
        listen: Callable[[dict[str, Any]], None] | None = None,
        prefix: str | None = None,
    ):
        self.state: dict[str, Held] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.epoch, self.seq, self.you, self.session = "", 0, "", ""
        self.over: SessionError | None = None
        self._ticket, self._origin, self._listen = ticket, origin, listen
        self._prefix = prefix or secrets.token_hex(4)
        self._count = 0
        self._open: dict[str, _Open] = {}
        self._socket: ClientConnection | None = None
        self._outbox: deque[bytes] = deque(maxlen=64)
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._later: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Tell whether the copy is current."""
        return self._ready.is_set()

    @property
    def role(self) -> str:
        """Return the own role, an empty text while not a member."""
        held = self.state.get(MEMBER + self.you)
        return str(held.value["role"]) if held is not None else ""

    @property
    def members(self) -> dict[str, dict[str, Any]]:
        """Return name and role of every member by id."""
        return {key.removeprefix(MEMBER): held.value for key, held in self.state.items() if key.startswith(MEMBER)}

    async def join(self, within_s: float = OPEN_S) -> Client:
        """Connect and wait for the copy. Raises SessionError when refused and TimeoutError when nobody answers."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep())
        try:
            async with asyncio.timeout(within_s):
                await self._ready.wait()
        except TimeoutError:
            await self.close()
            raise
        if self.over is not None:
            raise self.over
        return self

    async def set(self, key: str, value: Any, base_rev: int | None = None, within_s: float | None = ANSWER_S) -> int:
        """Write a key or event; returns its number in the sequence. Sent again after a drop, committed once.

        Raises ConflictError, SessionError, and TimeoutError, after which it may or may not have been made.
        """
        body: dict[str, Any] = {"key": key, "value": value}
        if base_rev is not None:
            body["base_rev"] = base_rev
        return await self._ask("op", body, within_s)

    async def set_role(self, who: str, role: str) -> int:
        """Give another member a role; the owner's right."""
        return await self._ask("role", {"who": who, "role": role}, ANSWER_S)

    async def remove(self, who: str) -> int:
        """Remove a member for as long as the session lives; the owner's right."""
        return await self._ask("remove", {"who": who}, ANSWER_S)

    def look(self, where: dict[str, Any] | None, typing: bool = False) -> None:
        """Tell the others where this participant looks; may be lost."""
        self._send(orjson.dumps({"type": "presence", "where": where, "typing": typing}))

    async def leave(self) -> None:
        """Leave: for good, if this is the participant's last connection."""
        socket = self._socket
        if socket is not None:
            with suppress(WebSocketException, OSError):
                await socket.send('{"type":"leave"}')
                await asyncio.wait_for(socket.wait_closed(), 2.0)
        await self.close()

    async def close(self) -> None:
        """Drop the connection and stop coming back; the place is held for a while."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._end(self.over or SessionError("closed", "The connection was closed."))

    async def _ask(self, kind: str, body: dict[str, Any], within_s: float | None) -> int:
        if self.over is not None:
            raise self.over
        self._count += 1
        ident = f"{self._prefix}-{self._count}"
        payload = orjson.dumps({"type": kind, "id": ident, **body})
        waiting = self._open[ident] = _Open(payload, asyncio.get_running_loop().create_future())
        if self._ready.is_set():
            self._send(payload)
        try:
            async with asyncio.timeout(within_s):
                return await waiting.done
        finally:
            self._open.pop(ident, None)

    def _send(self, payload: bytes) -> None:
        self._outbox.append(payload) if self._socket is None else self._later_send(self._socket, payload)

    def _later_send(self, socket: ClientConnection, payload: bytes) -> None:
        async def sending() -> None:
            with suppress(WebSocketException, OSError):
                await socket.send(payload, text=True)

        task = asyncio.create_task(sending())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _keep(self) -> None:
        failures = 0
        while self.over is None:
            code = 0
            try:
                code = await self._one_connection()
                failures = 0 if self._ready.is_set() else failures + 1
            except (OSError, TimeoutError, WebSocketException, InvalidHandshake):
                failures += 1
            except Exception as problem:
                self._end(SessionError("failed", f"{type(problem).__name__}: {problem}"))
                raise
            self._ready.clear()
            self._socket = None
            if code in FINAL and self.over is None:
                self.over = SessionError("closed", f"The session closed the connection ({code}).")
            if self.over is None:
                await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)] * random.uniform(0.5, 1.0))
        self._end(self.over)

    async def _one_connection(self) -> int:
        url, token = await self._ticket()
        hello: dict[str, Any] = {"type": "hello", "token": token}
        if self.epoch:
            hello["resume"] = {"epoch": self.epoch, "seq": self.seq}
        # the copy is what makes it worth reading a large snapshot; the sidecar's own messages are small
        async with connect(url, origin=self._origin, max_size=MAX_SNAPSHOT, compression=None, open_timeout=OPEN_S, proxy=None) as socket:  # type: ignore[arg-type]
            await socket.send(orjson.dumps(hello), text=True)
            async for data in socket:
                self._take(socket, orjson.loads(data))
            return socket.close_code or 1006

    def _take(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "op":
            if message["seq"] <= self.seq:
                return
            self._follows(message["seq"])
            self.seq = message["seq"]
            self._record(message)
            self._settle(message.get("id", ""), message["seq"])
        elif kind == "ack":
            waiting = self._open.get(message["id"])
            if message["seq"] > self.seq:
                self._follows(message["seq"])
                self.seq = message["seq"]
                if waiting is not None:
                    self._record({**orjson.loads(waiting.payload), **message, "by": self.you, "at": int(time.time() * 1_000)})
            self._settle(message["id"], message["seq"])
        elif kind == "welcome":
            self.you, self.session = message["you"], message["session"]["id"]
            if message["resumed"]:
                self._online(socket)
        elif kind == "snapshot":
            self.epoch, self.seq = message["epoch"], message["seq"]
            self.state = {key: Held(held["rev"], held["value"], held["by"], held["at"]) for key, held in message["state"].items()}
            self._online(socket)
        elif kind == "presence":
            self.people.update(message["people"])
        elif kind == "conflict":
            self._settle(message["id"], ConflictError(message["key"], message["rev"], message["value"], message["by"]))
        elif kind == "refused":
            self._refused(socket, message)
        elif kind == "bye" and message["code"] not in ("slow", "unauthenticated"):
            self.over = SessionError(message["code"], message["message"])
        if self._listen is not None:
            self._listen(message)

    def _follows(self, seq: int) -> None:
        """Never go on over a gap: come back and have it filled."""
        if seq != self.seq + 1:
            raise OSError(f"number {seq} does not follow {self.seq}")

    def _online(self, socket: ClientConnection) -> None:
        """The copy is current: send what was not answered, in its order. What was made already is answered so again."""
        self._socket = socket
        self._ready.set()
        for waiting in list(self._open.values()):
            self._later_send(socket, waiting.payload)
        while self._outbox:
            self._later_send(socket, self._outbox.popleft())

    def _record(self, message: dict[str, Any]) -> None:
        key = message.get("key")
        if key is None or key.partition("/")[0] in ("run", "exec", "git", "custom", "chat"):
            return
        if message["value"] is None:
            self.state.pop(key, None)
        else:
            self.state[key] = Held(message["seq"], message["value"], message.get("by", ""), message.get("at", 0))

    def _refused(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        waiting = self._open.get(message.get("id", ""))
        if waiting is None:
            return
        if message["code"] == "rate":

            async def again() -> None:
                await asyncio.sleep(message.get("retry_after", 0.1))
                if message["id"] in self._open and self._socket is socket:
                    with suppress(WebSocketException, OSError):
                        await socket.send(waiting.payload, text=True)

            task = asyncio.create_task(again())
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        else:
            self._settle(message["id"], SessionError(message["code"], message["message"]))

    def _settle(self, ident: str, outcome: int | Exception) -> None:
        waiting = self._open.get(ident)
        if waiting is None or waiting.done.done():
            return
        if isinstance(outcome, Exception):
            waiting.done.set_exception(outcome)
        else:
            waiting.done.set_result(outcome)

    def _end(self, why: SessionError) -> None:
        self.over = why
        for waiting in self._open.values():
            if not waiting.done.done():
                waiting.done.set_exception(why)
        self._ready.set()
