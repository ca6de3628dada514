"""The watchers of the workspaces that pages have open: one a folder, started by the first page that asks, ended when none asks."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future

from telemetry.logs import get_logger
from ui.bridge import BRIDGE, BridgeBusyError
from workspace.files import Workspace
from workspace.watching import Watcher

log = get_logger(__name__)

MOST, UNASKED_S = 12, 45.0


class Watchers:
    """Watchers by folder; the one that nobody asked for longest makes room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Watcher, Future[None]]] = {}

    def of(self, workspace: Workspace) -> Watcher:
        """Return the folder's watcher, started if there is none. Raises BridgeBusyError."""
        with self._lock:
            found = self._held.get(workspace.location)
            if found is None or found[0].workspace.root != workspace.root:
                found = self._start(workspace)
            found[0].asked = time.monotonic()
            return found[0]

    def _start(self, workspace: Workspace) -> tuple[Watcher, Future[None]]:
        while len(self._held) >= MOST or workspace.location in self._held:
            oldest = min(self._held, key=lambda place: self._held[place][0].asked)
            _, work = self._held.pop(workspace.location if workspace.location in self._held else oldest)
            work.cancel()
        watcher = Watcher(workspace)
        self._held[workspace.location] = started = (watcher, BRIDGE.submit(self._watch(watcher)))
        return started

    async def _watch(self, watcher: Watcher) -> None:
        work = asyncio.ensure_future(watcher.run())
        try:
            while time.monotonic() - watcher.asked < UNASKED_S:
                await asyncio.wait([work], timeout=UNASKED_S / 4)
                if work.done():
                    work.result()  # a fault is the log's; an end is not: the tree is too large, or gone
                    await asyncio.sleep(UNASKED_S / 4)
        except Exception:
            log.exception("watching failed")
            watcher.why_off = "Changes on disk are not watched: the program failed at it. Its log says why."
        finally:
            work.cancel()
            with self._lock:
                if (held := self._held.get(watcher.workspace.location)) and held[0] is watcher:
                    del self._held[watcher.workspace.location]


WATCHERS = Watchers()
"""The process's watchers: names of files under folders, nothing of a user. Empty at import."""

__all__ = ["WATCHERS", "BridgeBusyError", "Watchers"]
