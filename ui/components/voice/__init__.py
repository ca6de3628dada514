"""The voice room: the card on the Collaborate page, and the bar on the others. Both draw the one call, which outlives the pages."""

from __future__ import annotations

from ui.components import mounted


def voice(view: str, *, key: str, session: str) -> None:
    """Show one view of the page's call: `card` with the way in, or `bar` with the way out; `session` is the page's token."""
    mounted("voice")(key=key, data={"view": view, "session": session})
