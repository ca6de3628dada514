"""Where answers are kept for identical asks: an embedded database, bounded in bytes and age, or Redis for several machines."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from providers.base import Answer, FinishReason, Usage
from providers.database import Database

if TYPE_CHECKING:
    import redis

log = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024 * 1024
ENTRY_SHARE = 8
"""One answer may take at most this part of the whole."""
OVERHEAD = 128
"""Bytes counted for an entry beside its answer: key, times, index."""
REDIS_PREFIX = "omni:answer:"
REDIS_PATIENCE_S = 1.0
REDIS_AGAIN_S = 30.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, made REAL NOT NULL, used REAL NOT NULL, size INTEGER NOT NULL, answer BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_use ON answers (used, size);
"""


class AnswerStore(Protocol):
    """Keeps answers by a digest of the ask. Neither method raises: what cannot be kept or found is not."""

    async def get(self, key: bytes) -> Answer | None:
        """Return the answer kept under this key, None where there is none that is young enough."""

    async def put(self, key: bytes, answer: Answer) -> None:
        """Keep an answer."""

    def close(self) -> None:
        """Close files and connections."""


@dataclass(frozen=True, slots=True)
class Held:
    """How much a store holds."""

    entries: int
    size: int


class SqliteAnswers:
    """Answers in one file of the data folder. The one used longest ago goes first when there are more than `max_bytes`."""

    def __init__(self, path: Path, *, ttl_s: float, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = time.time):
        self._database = Database(path, SCHEMA)
        self._ttl_s = ttl_s
        self._max_bytes = max_bytes
        self._clock = clock

    async def get(self, key: bytes) -> Answer | None:
        """Return the answer kept under this key, None where there is none that is young enough."""
        return await asyncio.to_thread(self.find, key)

    async def put(self, key: bytes, answer: Answer) -> None:
        """Keep an answer."""
        await asyncio.to_thread(self.keep, key, answer)

    def find(self, key: bytes) -> Answer | None:
        """Do as `get`, blocking."""

        def look(db: sqlite3.Connection) -> bytes | None:
            now = self._clock()
            row = db.execute("SELECT answer FROM answers WHERE key = ? AND made > ?", (key, now - self._ttl_s)).fetchone()
            if row is not None:
                db.execute("UPDATE answers SET used = ? WHERE key = ?", (now, key))
            return row[0] if row is not None else None

        found = self._database.use(look)
        return _read(found) if found is not None else None

    def keep(self, key: bytes, answer: Answer) -> None:
        """Do as `put`, blocking."""
        written = _write(answer)
        size = len(written) + OVERHEAD
        if size > self._max_bytes // ENTRY_SHARE:
            return

        def store(db: sqlite3.Connection) -> None:
            now = self._clock()
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (key, now, now, size, written))
            db.execute("DELETE FROM answers WHERE made <= ?", (now - self._ttl_s,))
            total = db.execute("SELECT coalesce(sum(size), 0) FROM answers").fetchone()[0]
            while total > self._max_bytes:
                oldest = db.execute("SELECT key, size FROM answers ORDER BY used LIMIT 1").fetchone()
                db.execute("DELETE FROM answers WHERE key = ?", (oldest[0],))
                total -= oldest[1]
            db.execute("PRAGMA incremental_vacuum(64)").fetchall()

        self._database.use(store)

    def held(self) -> Held:
        """Return how much is kept."""
        row = self._database.use(lambda db: db.execute("SELECT count(*), coalesce(sum(size), 0) FROM answers").fetchone())
        return Held(*row) if row is not None else Held(0, 0)

    def forget_all(self) -> None:
        """Drop every answer."""
        self._database.use(lambda db: db.execute("DELETE FROM answers"))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class RedisAnswers:
    """Answers in Redis, each with its time to live; how much it holds at most is Redis' own `maxmemory`."""

    def __init__(self, url: str, *, ttl_s: float, max_entry_bytes: int = MAX_BYTES // ENTRY_SHARE):
        self._url = url
        self._ttl_s = ttl_s
        self._max_entry_bytes = max_entry_bytes
        self._client: redis.Redis | None = None
        self._silent_until = 0.0

    async def get(self, key: bytes) -> Answer | None:
        """Return the answer kept under this key, None where there is none or Redis does not answer."""
        found = await self._ask(lambda client: client.get(REDIS_PREFIX + key.hex()))
        return _read(found) if isinstance(found, bytes) else None

    async def put(self, key: bytes, answer: Answer) -> None:
        """Keep an answer."""
        written = _write(answer)
        if len(written) <= self._max_entry_bytes:
            await self._ask(lambda client: client.set(REDIS_PREFIX + key.hex(), written, px=max(1, int(self._ttl_s * 1000))))

    def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _ask(self, work: Callable[[redis.Redis], Any]) -> Any:
        if time.monotonic() < self._silent_until:
            return None
        try:
            return await asyncio.to_thread(self._with_client, work)
        except Exception as error:  # noqa: BLE001 - redis and its transport raise errors of their own; an answer is asked for instead
            self._silent_until = time.monotonic() + REDIS_AGAIN_S
            log.warning("answers are not kept for now: Redis does not answer (%s)", type(error).__name__)
            return None

    def _with_client(self, work: Callable[[redis.Redis], Any]) -> Any:
        if self._client is None:
            import redis

            self._client = redis.Redis.from_url(self._url, socket_timeout=REDIS_PATIENCE_S, socket_connect_timeout=REDIS_PATIENCE_S)
        return work(self._client)


def _write(answer: Answer) -> bytes:
    return orjson.dumps(
        {
            "text": answer.text,
            "model": answer.model,
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "mean_logprob": answer.mean_logprob,
        }
    )


def _read(written: bytes) -> Answer | None:
    """Return the answer, None where the entry is not one: it may be damaged, or of another version."""
    try:
        entry = orjson.loads(written)
        text, model, mean = entry["text"], entry["model"], entry["mean_logprob"]
        counts = entry["input_tokens"], entry["output_tokens"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    whole = isinstance(text, str) and text.strip() and isinstance(model, str) and (mean is None or isinstance(mean, float | int))
    if not whole or not all(count is None or isinstance(count, int) for count in counts):
        return None
    return Answer(text=text, model=model, finish_reason=FinishReason.STOP, usage=Usage(*counts), mean_logprob=mean, cached=True)
