"""The registry of browser sessions: what one open page holds in this process, found by its token and its browser's id."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.asking.progress import Progress
from engine.job import Job
from engine.live import LiveRun
from workspace.files import Workspace

LEFT_S = 180.0
"""An entry whose page has been gone for this long is closed; longer than Streamlit itself keeps a session to come back to."""

UNWATCHED_S = 10.0
"""A run that no page watches for this long is cancelled: nobody waits for it."""

MAX_SESSIONS = 200
"""Open pages of all browsers together; the one that was quiet longest makes room."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The session of several people that a page is in: its id, the user's name there, what it is called, the role last known."""

    session: str
    name: str
    title: str
    role: str


@dataclass(slots=True, eq=False)
class BrowserSession:
    """One Streamlit session. `token` is unguessable and known to its page alone; `browser` is the id the gate gave the browser.

    `connected` is False while the page's connection is gone; it may come back within LEFT_S, as it was or as a reloaded page,
    which then goes on from `record`, what the page remembered.
    """

    token: str
    browser: str
    workspace: Workspace | None = None
    run: LiveRun | None = None
    asking: Job[Progress, Any] | None = None
    record: object = None
    connected: bool = True
    membership: Membership | None = None
    on_close: Callable[[BrowserSession], None] | None = None
    touched: float = field(default_factory=time.monotonic)
    searches: int = 0

    def next_search(self) -> int:
        """Count a search of files' content; the one before knows by it that nobody waits for it any more."""
        self.searches += 1
        return self.searches

    def close(self) -> None:
        """End what the session holds: a run or an answer that still goes is cancelled, a session of several people is left."""
        if self.on_close is not None:
            self.on_close(self)
        self.membership = None
        leave = getattr(self.record, "leave", None)
        run, self.run, self.workspace, self.record = self.run, None, None, None
        if run is not None:
            run.cancel()
        if self.asking is not None:
            self.asking.cancel()
        if leave is not None:
            leave()  # what the page's record began, such as an experiment


class Registry:
    """Sessions by token. Every lookup from the network must name the browser too."""

    def __init__(self, limit: int = MAX_SESSIONS, clock: Callable[[], float] = time.monotonic):
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, BrowserSession] = {}

    def __len__(self) -> int:
        """Return how many sessions are open."""
        return len(self._sessions)

    def open(self, browser: str) -> BrowserSession:
        """Make a session for this browser."""
        session = BrowserSession(secrets.token_urlsafe(32), browser, touched=self._clock())
        evicted: BrowserSession | None = None
        with self._lock:
            if len(self._sessions) >= self._limit:
                evicted = self._sessions.pop(min(self._sessions.values(), key=lambda held: held.touched).token)
            self._sessions[session.token] = session
        if evicted is not None:
            evicted.close()
        return session

    def leave_behind(self, browser: str) -> BrowserSession | None:
        """Take out the entry that this browser's page left last, for the page that comes in its place; None where all are in use."""
        with self._lock:
            left = [held for held in self._sessions.values() if browser and held.browser == browser and not held.connected and held.record]
            return self._sessions.pop(max(left, key=lambda held: held.touched).token) if left else None

    def find(self, token: str, browser: str) -> BrowserSession | None:
        """Return the session of this token if it belongs to this browser, else None."""
        session = self._sessions.get(token)
        if session is None or not browser or not hmac.compare_digest(session.browser.encode(), browser.encode()):
            return None
        session.touched = self._clock()
        return session

    def get(self, token: str) -> BrowserSession | None:
        """Return the session of this token to the process's own code, which holds the token anyway."""
        session = self._sessions.get(token)
        if session is not None:
            session.touched = self._clock()
        return session

    def close(self, token: str) -> None:
        """Forget a session and end what it holds; nothing happens when it is gone already."""
        with self._lock:
            session = self._sessions.pop(token, None)
        if session is not None:
            session.close()

    def everyone(self) -> list[BrowserSession]:
        """Return the open sessions of all browsers, for the process's own code."""
        with self._lock:
            return list(self._sessions.values())

    def close_all(self) -> None:
        """End every session, at shutdown."""
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.close()


async def close_when_left(registry: Registry, session: BrowserSession, left_s: float = LEFT_S) -> None:
    """Close a session whose page does not come back; its run, unless a socket still watches it, ends much earlier."""
    if session.run is not None:
        await cancel_unwatched(session.run, min(UNWATCHED_S, left_s))
    while not session.connected and registry.get(session.token) is session:
        before = session.touched
        await asyncio.sleep(left_s)
        if not session.connected and session.touched == before:
            registry.close(session.token)


async def cancel_unwatched(run: LiveRun, patience_s: float = UNWATCHED_S) -> None:
    """Cancel the run if no page watches it once the patience is over."""
    await asyncio.sleep(patience_s)
    if run.watchers == 0:
        run.cancel()


REGISTRY = Registry()
"""The process's sessions. Empty at import; nothing of a user lives outside the entry keyed by its token."""
