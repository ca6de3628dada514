"""Repository -> profile -> artifacts, deterministic and explained line by line."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from architect.answer import answer_text
    from architect.renderer import plan_for, render

__all__ = ["answer_text", "plan_for", "render"]

_DOORS = {"answer_text": "architect.answer", "plan_for": "architect.renderer", "render": "architect.renderer"}


def __getattr__(name: str) -> Any:
    """Load the renderer when it is first asked for: the records of this room are wanted without it."""
    if name in _DOORS:
        return getattr(import_module(_DOORS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
