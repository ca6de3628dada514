"""Working together: the chip in the sidebar, the drawer with people and chat, and the activity feed. They share one socket a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ui.components import mounted


def room(
    view: str, *, key: str, data: Mapping[str, Any], on_shared: Callable[[], None] | None = None, on_go: Callable[[], None] | None = None,
    on_asked: Callable[[], None] | None = None,
) -> Any:  # fmt: skip
    """Show one view of the session: `chip`, `dock` or `feed`.

    `data` holds the page's token as `session`, why there is no collaboration as `off` ("" where there is), and for the dock also
    `room` (to come back to), `page`, `path`, `invited` and `suggested`. The result's `shared` says how far the session's sequence is
    where something changed that concerns the page; `go` asks for another page, `asked` for the architect.
    """
    nothing = _nothing
    return mounted("room")(
        key=key,
        data={"view": view, **data},
        default={"shared": None},
        on_shared_change=on_shared or nothing,
        on_go_change=on_go or nothing,
        on_asked_change=on_asked or nothing,
    )


def _nothing() -> None:
    """Take what is of no interest here."""
