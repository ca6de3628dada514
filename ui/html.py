"""Small pieces of HTML for what Streamlit has no element for, built so that text from elsewhere is always escaped."""

from __future__ import annotations

import html
from pathlib import Path

import streamlit as st

STYLES = Path(__file__).parent / "assets" / "pieces.css"


class Piece(str):
    """Markup made by `tag`; any other string is text."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | float | None) -> Piece:
    """Return an element. Attributes are escaped, None leaves one out; write `class_`, and `_` for `-` (`aria_label`)."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items() if value is not None
    )
    inside = "".join(child if isinstance(child, Piece) else html.escape(child) for child in children)
    return Piece(f"<{name}{written}>{inside}</{name}>")


def link(text: str, address: str | None) -> Piece:
    """Return a link that opens beside the page, for https addresses; for anything else the text alone."""
    if not address or not address.startswith("https://"):
        return tag("span", text)
    return tag("a", text, href=address, target="_blank", rel="noopener noreferrer")


def show(*pieces: Piece) -> None:
    """Put the pieces on the page, with the styles they use."""
    st.html(STYLES)
    st.html("".join(pieces))
