"""Folds and tabs that are drawn when they are looked at: what nobody opened costs neither a run nor a browser anything."""

from __future__ import annotations

from typing import Protocol

from ui import state


class _Fold(Protocol):
    """A container of Streamlit that says whether it is open: made with `on_change="rerun"`."""

    open: bool | None


def drawn(fold: _Fold, name: str) -> bool:
    """Tell whether what is inside is to be drawn: it is open, or was once, so that nothing typed into it is lost by folding it."""
    unfolded = state.page().unfolded
    if fold.open:
        unfolded.add(name)
    return name in unfolded
