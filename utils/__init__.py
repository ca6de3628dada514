"""Small leaves; and the lazy door to the handle on sessions: `from utils import websocket_manager`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    websocket_manager: Any


def __getattr__(name: str) -> Any:
    """Load the handle when it is first asked for: nothing that imports a leaf pays for it, and no leaf knows what is above."""
    if name == "websocket_manager":
        return import_module("collaboration.manager").websocket_manager
    raise AttributeError(f"module 'utils' has no attribute '{name}'")
