"""Loads what the pages need before anybody asks: first what the first page shows, then, once that is drawn, what generates."""

from __future__ import annotations

import gc
import sys
import threading

TURN_S = 0.0005
"""How long loading may keep the interpreter to itself while the server wants it: a browser asks for a hundred files meanwhile."""

PATIENCE_S = 20.0
"""How long a first page is waited for before the rest is loaded all the same."""

_DRAWN = threading.Event()


def begin() -> threading.Thread:
    """Import them in a thread of its own; a page that comes before it has ended waits for what it needs and no more."""
    thread = threading.Thread(target=_load, name="warming", daemon=True)
    thread.start()
    return thread


def drawn() -> None:
    """Tell that a page has been drawn: the rest is loaded while somebody reads it."""
    _DRAWN.set()


def _load() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    gc.disable()  # what is loaded stays: looking through it for garbage again and again is a fifth of the time
    try:
        from ui.widgets import opening, sidebar, together  # noqa: F401

        _DRAWN.wait(PATIENCE_S)
        from ui.widgets import generating  # noqa: F401
    finally:
        gc.freeze()
        gc.enable()
        sys.setswitchinterval(usual)
