"""A still from the camera or the screen: the browser asks its user, shows what it sees, and hands over one picture."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from ui.components import mounted

MOST_TEXT = 3 * 1024 * 1024
SOURCES = ("camera", "screen")


def still(*, key: str, full: bool, on_still: Callable[[], None]) -> None:
    """Offer the camera and the screen; `taken` has the picture when `on_still` is called. `full` says that there is no room for more."""
    mounted("still")(key=key, data={"full": full}, on_still_change=on_still)


def taken(result: object) -> tuple[bytes, str] | None:
    """Read the picture out of the component's state, with where it is from; None where there is none or it is not one."""
    match result:
        case {"still": {"source": str(source), "data": str(text)}} if source in SOURCES and len(text) <= MOST_TEXT:
            try:
                return base64.b64decode(text, validate=True), source
            except binascii.Error:
                return None
        case _:
            return None
