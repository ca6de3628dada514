"""What is done to a workspace, told to whoever listens: Git operations, commands, files written."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

KEPT = 100


class Area(StrEnum):
    """Where something was done."""

    GIT = "git"
    COMMAND = "command"
    FILES = "files"


class Phase(StrEnum):
    """How far it is."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Activity:
    """One operation in one phase; `id` is the same in all of its phases. `when` is seconds since 1970.

    `summary` is a sentence for people, without secrets; `detail` has what a listener may show beside it, as text by name.
    """

    id: str
    area: Area
    action: str
    phase: Phase
    workspace: str
    summary: str
    when: float
    detail: tuple[tuple[str, str], ...] = ()


Listener = Callable[[Activity], None]


class Feed:
    """The activities of one page's session: the last are kept, listeners hear each once. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._kept: deque[Activity] = deque(maxlen=KEPT)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have every later activity told; returns the way to end that. A listener that fails is not asked to mend anything."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock, suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def recent(self) -> tuple[Activity, ...]:
        """Return what was told last, oldest first."""
        with self._lock:
            return tuple(self._kept)

    def tell(self, activity: Activity) -> None:
        """Keep it and tell every listener."""
        with self._lock:
            self._kept.append(activity)
            listeners = tuple(self._listeners)
        for listener in listeners:
            with suppress(Exception):
                listener(activity)

    def happened(self, area: Area, summary: str, workspace: str) -> None:
        """Tell of something that is over already."""
        self.tell(Activity(secrets.token_hex(8), area, summary, Phase.DONE, workspace, summary, time.time()))

    @asynccontextmanager
    async def during(self, area: Area, action: str, workspace: str) -> AsyncIterator[Outcome]:
        """Tell that something begins, and how it ended: done, stopped, or failed with its own sentence."""
        begun = Activity(secrets.token_hex(8), area, action, Phase.STARTED, workspace, action, time.time())
        outcome = Outcome()
        self.tell(begun)
        try:
            yield outcome
        except asyncio.CancelledError:
            self.tell(replace(begun, phase=Phase.STOPPED, summary=f"{action}: stopped", when=time.time()))
            raise
        except Exception as error:
            why = str(getattr(error, "message", "")) or "it failed"
            self.tell(replace(begun, phase=Phase.FAILED, summary=f"{action}: {why}", when=time.time()))
            raise
        phase = Phase.FAILED if outcome.failed else Phase.DONE
        self.tell(replace(begun, phase=phase, summary=outcome.summary or action, when=time.time(), detail=tuple(outcome.detail.items())))


@dataclass(slots=True)
class Outcome:
    """What came of an operation, filled in by whoever carries it out."""

    summary: str = ""
    failed: bool = False
    detail: dict[str, str] = field(default_factory=dict)
