"""Where ops are decided when several sidecars share the sessions: a Redis, one script an ask, and what it says to all nodes."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from redis.asyncio import Redis as Connection
from redis.asyncio.client import PubSub
from redis.exceptions import NoScriptError, RedisError

from collaboration import lua
from collaboration.keys import is_stored
from collaboration.limits import Limits
from collaboration.protocol import Hub
from collaboration.rooms import Again, Ask, Conflict, Op, Outcome, Refusal, Room, made
from collaboration.tokens import LIFE_S

TTL_S = 3600
PATIENCE_S, RETRY_S, REFILL_S = 10.0, 0.1, 0.05
MOST_WAITING = 20_000
BATCH = 64
log = logging.getLogger("collaboration")


class Shared:
    """Rooms in a Redis (or Valkey) that several sidecars share. Nothing is persisted, and everything there runs out.

    One worker passes asks on in their order, many in one round trip. A node hears of the ops of others by publish and subscribe,
    and fills what that lost from the stream, by number. Call `start` before use.
    """

    def __init__(self, url: str, limits: Limits, clock: Callable[[], float]):
        self.hub: Hub | None = None
        self.healthy = False
        self._url, self._limits, self._clock = url, limits, clock
        self._node = secrets.token_hex(6)
        self._rooms: dict[str, Room] = {}
        self._early: dict[str, list[Op]] = {}
        self._ahead: dict[str, dict[int, Op]] = {}
        self._opening: dict[str, list[Callable[[Room | None], None]]] = {}
        self._due: dict[str, list[tuple[int, Callable[[], None]]]] = {}
        self._queue: deque[tuple[Room, Ask, int, Callable[[Outcome], None], float]] = deque()
        self._work = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._redis: Connection = Connection.from_url(url, socket_timeout=5, socket_connect_timeout=2, protocol=2)
        self._pubsub: PubSub = self._redis.pubsub()

    def __len__(self) -> int:
        """Return how many rooms this node keeps a copy of."""
        return len(self._rooms)

    async def start(self) -> None:
        """Connect. Raises OSError where no Redis answers."""
        try:
            await self._redis.ping()
            await self._pubsub.subscribe(f"omni:n:{self._node}")
        except RedisError as problem:
            raise OSError(f"REDIS_URL cannot be used: {problem}") from None
        self.healthy = True
        self._run(self._pass_on())
        self._run(self._listen())

    async def stop(self) -> None:
        """Disconnect."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(RedisError, OSError):
            await self._pubsub.aclose()
            await self._redis.aclose()

    # --- the seam ------------------------------------------------------------------------------------------------

    def claim(self, nonce: str, reply: Callable[[bool], None]) -> None:
        """Use up a nonce for all nodes."""

        async def claiming() -> None:
            try:
                first = bool(await self._redis.set(f"omni:t:{nonce}", 1, nx=True, ex=int(2 * LIFE_S)))
            except (RedisError, OSError):
                first = False
            reply(first)

        self._run(claiming())

    def open(self, session: str, epoch: str, create: bool, reply: Callable[[Room | None], None]) -> None:
        """Return this node's copy of the room, fetched when it is the first to need one."""
        room = self._rooms.get(session)
        if room is not None:
            reply(room)
            return
        waiting = self._opening.setdefault(session, [])
        waiting.append(reply)
        if len(waiting) == 1:
            self._run(self._fetch(session, epoch, create))

    def submit(self, room: Room, ask: Ask, at: int, reply: Callable[[Outcome], None]) -> None:
        """Queue an ask; it is answered once this node has delivered what it led to."""
        if len(self._queue) >= MOST_WAITING:
            reply(Refusal("unavailable", "The sidecar waits for its store; try again in a moment."))
            return
        self._queue.append((room, ask, at, reply, self._clock()))
        self._work.set()

    def whisper(self, room: Room, payload: bytes) -> None:
        """Tell the other nodes who is here."""
        self._run(self._publish(room.session, b"presence " + self._node.encode() + b" " + payload))

    def drop(self, room: Room, ended: bool) -> None:
        """Forget the copy; the session lives on in Redis until its last member leaves or it runs out."""
        if self._rooms.get(room.session) is room:
            del self._rooms[room.session]
            self._ahead.pop(room.session, None)
            for _, answer in self._due.pop(room.session, []):
                answer()
            self._run(self._unsubscribe(room.session))

    # --- asking --------------------------------------------------------------------------------------------------

    async def _pass_on(self) -> None:
        while True:
            await self._work.wait()
            batch = [self._queue[n] for n in range(min(BATCH, len(self._queue)))]
            if not batch:
                self._work.clear()
                continue
            try:
                answers = await self._evaluate(batch)
                self.healthy = True
            except (RedisError, OSError, TimeoutError) as problem:
                # Whether it was made is not known: the same ids are asked again, and what was made answers so.
                self._failed(problem)
                await asyncio.sleep(RETRY_S)
                continue
            for (room, ask, at, reply, _since), answer in zip(batch, answers, strict=True):
                self._queue.popleft()
                if isinstance(answer, Exception):
                    log.warning("a script failed in Redis: %s", answer)
                    reply(Refusal("unavailable", "The store could not decide this; try again."))
                elif answer[0] == b"gone":
                    self._run(self._gone(room, ask, at, reply))
                else:
                    self._answer(room, ask, at, reply, answer)

    def _failed(self, problem: Exception) -> None:
        if self.healthy:
            log.warning("Redis does not answer: %s", type(problem).__name__)
        self.healthy = False
        now = self._clock()
        while self._queue and now - self._queue[0][4] > PATIENCE_S:
            reply = self._queue.popleft()[3]
            reply(Refusal("unavailable", "The store does not answer; whether this was made is not known. Send it again."))

    async def _evaluate(self, batch: list[Any]) -> list[Any]:
        for _ in range(2):
            pipe = self._redis.pipeline(transaction=False)
            for room, ask, at, _reply, _since in batch:
                limits = self._limits
                roles = f",{','.join(sorted(ask.roles))}," if ask.roles is not None else ""
                told: list[Any] = [room.epoch, ask.by, ask.id, at, roles, int(ask.newcomer), limits.participants, limits.state_bytes, TTL_S]
                told += [limits.ring_ops, limits.remembered_ids * limits.participants, len(ask.changes)]
                for key, base, value in ask.changes:
                    told += [key, "" if base is None else base, value, int(is_stored(key))]
                pipe.evalsha(lua.COMMIT_SHA, 5, *lua.keys(room.session), *told)
            answers = await pipe.execute(raise_on_error=False)
            lost = [answer for answer in answers if isinstance(answer, OSError | ConnectionError)]
            if lost:
                raise lost[0]
            if not any(isinstance(answer, NoScriptError) for answer in answers):
                return answers
            await self._redis.script_load(lua.COMMIT)
        raise RedisError("the script does not stay loaded")

    def _answer(self, room: Room, ask: Ask, at: int, reply: Callable[[Outcome], None], answer: list[Any]) -> None:
        kind = answer[0]
        if kind == b"ok":
            first = answer[1] - len(ask.changes) + 1
            ops = [made(first + n, change.key, change.value, ask.by, ask.id, at) for n, change in enumerate(ask.changes)]
            if self._rooms.get(room.session) is room:
                for op in ops:
                    self._take(room, op)
            self._once(room, answer[1], lambda: reply(ops))
        elif kind == b"again":
            self._once(room, answer[1], lambda: reply(Again(answer[1])))
        elif kind == b"conflict":
            reply(Conflict(answer[1].decode(), int(answer[2]), answer[4], answer[3].decode()))
        else:
            code = answer[1].decode()
            role = answer[2].decode() if len(answer) > 2 else ""
            reply(lua.refusal(code, role, self._limits))

    def _once(self, room: Room, seq: int, answer: Callable[[], None]) -> None:
        """Answer when this node has come to that number, so that an acknowledgement never runs ahead of the ops before it."""
        if room.seq >= seq or self._rooms.get(room.session) is not room:
            answer()
        else:
            self._due.setdefault(room.session, []).append((seq, answer))

    async def _gone(self, room: Room, ask: Ask, at: int, reply: Callable[[Outcome], None]) -> None:
        """Redis lost the session, or another node put it back under a new epoch: put back what we have, take what is there, ask again."""
        current = self._rooms.get(room.session)
        if current is room:
            await self._restore(room)
            current = self._rooms.get(room.session)
        if current is None or current is room:
            reply(Refusal("unavailable", "The session is gone from the store."))
        else:
            self.submit(current, ask, at, reply)

    async def _restore(self, room: Room) -> None:
        if not room.members:
            return
        state = [part for key, held in room.state.items() for part in (key, lua.kept(held).decode())]
        roles = [part for person, member in room.members.items() for part in (person, member.role)]
        ids = [part for person, seen in room.ids.items() for ident, seq in seen.items() for part in (f"{person}\n{ident}", seq)]
        told: list[Any] = [secrets.token_hex(8), room.seq, room.state_bytes, *(orjson.dumps(parts) for parts in (state, roles, ids)), TTL_S]
        with suppress(RedisError, OSError):
            await self._redis.eval(lua.RESTORE, 5, *lua.keys(room.session), *told)
            fresh = await self._load(room.session, "", False)
            if fresh is not None and self._rooms.get(room.session) is room and fresh.epoch != room.epoch:
                self._replace(room, fresh)

    # --- hearing -------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._pubsub.get_message(timeout=5.0)
            except (RedisError, OSError):
                await asyncio.sleep(RETRY_S)
                with suppress(RedisError, OSError):
                    await self._pubsub.connect()
                continue
            if message is None:
                continue
            session = message["channel"].decode().partition(":s:")[2].strip("{}")
            if message["type"] == "subscribe":
                # also after the connection broke and came back: what was said meanwhile is in the stream
                room = self._rooms.get(session)
                if room is not None:
                    self._run(self._refill(room))
            elif message["type"] == "message":
                self._hear(session, message["data"])

    def _hear(self, session: str, data: bytes) -> None:
        if data.startswith(b"["):
            op = lua.op(data)
            room = self._rooms.get(session)
            if room is not None:
                self._take(room, op)
            elif session in self._opening:
                self._early.setdefault(session, []).append(op)
        elif self.hub is not None:
            kind, node, payload = data.split(b" ", 2)
            if node.decode() != self._node:
                if kind == b"presence":
                    self.hub.heard(session, orjson.loads(payload)["people"])
                else:
                    self.hub.announce(session)

    def _take(self, room: Room, op: Op) -> None:
        """Apply an op in its turn; one that is early waits, and what is missing is fetched."""
        if op.seq <= room.seq:
            return
        ahead = self._ahead.setdefault(room.session, {})
        if op.seq > room.seq + 1:
            if not ahead:
                asyncio.get_running_loop().call_later(REFILL_S, lambda: self._run(self._refill(room)))
            ahead[op.seq] = op
            return
        following: Op | None = op
        while following is not None:
            room.apply(following)
            if self.hub is not None:
                self.hub.deliver(room, [following], self._clock())
            following = ahead.pop(room.seq + 1, None)
        for late in [seq for seq in ahead if seq <= room.seq]:
            del ahead[late]
        due = self._due.get(room.session)
        if due:
            self._due[room.session] = [(seq, answer) for seq, answer in due if seq > room.seq]
            for seq, answer in due:
                if seq <= room.seq:
                    answer()

    async def _refill(self, room: Room) -> None:
        """Fetch by number what publish and subscribe lost; where the stream has moved on, take the whole state."""
        try:
            entries: Any = await self._redis.xrange(lua.keys(room.session)[3], min=f"({room.seq}-0")
            epoch: Any = await self._redis.hget(lua.keys(room.session)[0], "epoch")
        except (RedisError, OSError):
            await asyncio.sleep(REFILL_S)
            if self._rooms.get(room.session) is room:
                self._run(self._refill(room))
            return
        if self._rooms.get(room.session) is not room:
            return
        if epoch is None:
            await self._restore(room)
            return
        ops = [lua.op(fields[b"d"]) for _, fields in entries or []]
        if epoch.decode() == room.epoch and (not ops or ops[0].seq <= room.seq + 1):
            for op in ops:
                self._take(room, op)
            if not self._ahead.get(room.session):
                return
        with suppress(RedisError, OSError):
            fresh = await self._load(room.session, "", False)
            if fresh is not None and self._rooms.get(room.session) is room and (fresh.epoch != room.epoch or fresh.seq > room.seq):
                self._replace(room, fresh)

    # --- rooms ---------------------------------------------------------------------------------------------------

    async def _fetch(self, session: str, epoch: str, create: bool) -> None:
        room = None
        try:
            await self._pubsub.subscribe(lua.keys(session)[4])
            room = await self._load(session, epoch, create)
        except (RedisError, OSError) as problem:
            self._failed(problem)
        if room is not None:
            self._rooms[session] = room
            for op in self._early.pop(session, []):
                self._take(room, op)
        self._early.pop(session, None)
        for reply in self._opening.pop(session, []):
            reply(room)
        if room is None:
            await self._unsubscribe(session)
        else:
            await self._publish(session, b"who " + self._node.encode() + b" ?")

    async def _load(self, session: str, epoch: str, create: bool) -> Room | None:
        found: Any = await self._redis.eval(lua.OPEN, 5, *lua.keys(session), epoch, int(create), TTL_S)
        if not found:
            return None
        room = Room(session, found[0].decode(), self._limits)
        held = dict(zip(found[2][::2], found[2][1::2], strict=True))
        state = {key.decode(): lua.entry(value) for key, value in held.items()}
        room.restore(int(found[1]), state, [lua.op(fields[1]) for _, fields in found[3]])
        return room

    def _replace(self, old: Room, new: Room) -> None:
        self._rooms[old.session] = new
        self._ahead.pop(old.session, None)
        due = self._due.pop(old.session, [])
        if self.hub is not None:
            self.hub.replaced(old, new, self._clock())
        for _, answer in due:
            answer()

    async def _publish(self, session: str, payload: bytes) -> None:
        with suppress(RedisError, OSError):
            await self._redis.publish(lua.keys(session)[4], payload)

    async def _unsubscribe(self, session: str) -> None:
        with suppress(RedisError, OSError):
            if session not in self._rooms and session not in self._opening:
                await self._pubsub.unsubscribe(lua.keys(session)[4])

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the shared store failed", exc_info=task.exception())
