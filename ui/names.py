"""The names of all files of the folders in which somebody is searching: read once, kept for as long as one goes on typing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from workspace.files import Workspace
from workspace.listing import Listing, search

MOST_NAMED, MOST_FOLDERS, KEPT_S = 250_000, 4, 15.0


class Names:
    """Listings by folder; what is older than KEPT_S is read anew, and the one read longest ago makes room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock, self._clock = threading.Lock(), clock
        self._held: dict[str, tuple[float, Workspace, Listing]] = {}

    def find(self, workspace: Workspace, query: str, limit: int) -> tuple[tuple[str, ...], str]:
        """Return the files whose path holds every word, best first, and in words what was not searched, "" where everything was."""
        listing = self._listing(workspace)
        return search(listing.paths, query, limit), listing.left_out

    def _listing(self, workspace: Workspace) -> Listing:
        with self._lock:
            now = self._clock()
            self._held = {place: held for place, held in self._held.items() if now - held[0] < KEPT_S}
            held = self._held.get(workspace.location)
        if held is not None and held[1].root == workspace.root:
            return held[2]
        listing = workspace.walk(MOST_NAMED)
        with self._lock:
            while len(self._held) >= MOST_FOLDERS and workspace.location not in self._held:
                del self._held[min(self._held, key=lambda place: self._held[place][0])]
            self._held[workspace.location] = (self._clock(), workspace, listing)
        return listing


NAMES = Names()
"""The process's listings: names of files under folders, nothing of a user. Empty at import."""
