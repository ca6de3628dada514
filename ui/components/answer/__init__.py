"""An answer while it comes: streamed by a socket of its own and laid out in the browser."""

from __future__ import annotations

from collections.abc import Callable

from ui.components import mounted


def answer(*, key: str, session: str, job: str, on_ended: Callable[[], None]) -> None:
    """Show what this job says until it is over, then call `on_ended` once."""
    mounted("answer")(key=key, data={"session": session, "job": job}, on_ended_change=on_ended)
