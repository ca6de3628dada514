"""Loads what the pages need as soon as the app listens, so that the first page does not wait for some seven hundred modules."""

from __future__ import annotations

import threading


def begin() -> threading.Thread:
    """Import them in a thread of its own; a page that comes before it has ended waits for what it needs and no more."""
    thread = threading.Thread(target=_load, name="warming", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    import ui.sharing  # noqa: F401
    from ui.widgets import asking, opening, sidebar, together, verdict  # noqa: F401
