"""A small embedded database of this room, which the program can do without: private, bounded, made anew when it is damaged."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

BUSY_S = 1.0
"""How long another process's write is waited for."""
JOURNAL_BYTES = 4 * 1024 * 1024


class Database:
    """One SQLite file in WAL mode with mode 0600, opened at first use; usable from any thread and by several processes at once.

    What cannot be read or written is no error to the caller: `use` returns None and the log says why, once.
    """

    def __init__(self, path: Path, schema: str):
        self._path = path
        self._schema = schema
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._told = False

    def use(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return what the work returns, in one transaction; None where the file cannot be used. A damaged file is replaced once."""
        with self._lock:
            try:
                return self._in_transaction(work)
            except sqlite3.OperationalError as error:  # locked, full, read-only: the file itself is sound
                self._tell(error)
                return None
            except sqlite3.DatabaseError as error:
                log.warning("%s is damaged (%s); it is made anew", self._path.name, type(error).__name__)
                self._remove()
            except OSError as error:
                self._tell(error)
                return None
            try:
                return self._in_transaction(work)
            except (sqlite3.Error, OSError) as error:
                self._tell(error)
                return None

    def close(self) -> None:
        """Close the file; a later use opens it again."""
        with self._lock:
            self._close()

    def _in_transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._opened()
        with connection:
            return work(connection)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
            connection = sqlite3.connect(self._path, timeout=BUSY_S, check_same_thread=False)
            try:
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute(f"PRAGMA journal_size_limit={JOURNAL_BYTES}")
                connection.executescript(self._schema)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _remove(self) -> None:
        self._close()
        for name in (self._path.name, f"{self._path.name}-wal", f"{self._path.name}-shm"):
            with suppress(OSError):
                (self._path.parent / name).unlink()

    def _tell(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            log.warning("%s cannot be used and the program goes on without it: %s", self._path.name, error)
