"""The live council: a column a member, streamed by its own socket and rendered in the browser."""

from __future__ import annotations

from collections.abc import Callable

from ui.components import mounted


def council(*, key: str, session: str, run: str, height: int = 320, on_ended: Callable[[], None]) -> None:
    """Show this run until it ends, then call `on_ended` once. `height` is a column's text height in pixels."""
    mounted("council")(key=key, data={"session": session, "run": run, "height": height}, on_ended_change=on_ended)
