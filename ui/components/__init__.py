"""Components that render in the browser: each folder holds its script, its style and the Python side that mounts it.

A page is told where a component's script is, not the script itself: each run of a page sends every component again, and a browser keeps
what has an address. The address names the script's content, so a new version of the program is a new address.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

SCRIPTS = "/api/components/{name}.js"
SHARED: dict[str, tuple[str, ...]] = {
    "answer": (),
    "council": ("picture",),
    "disk": (),
    "facts": (),
    "minutes": ("picture",),
    "room": ("room/link", "room/telling", "room/door", "room/people", "room/chat"),
    "still": ("acts",),
    "tree": ("tree/preview", "tree/rows"),
    "voice": ("acts", "voice/call"),
}
"""The components, and the scripts and styles that go before each one's own."""

_HERE = Path(__file__).parent


@cache
def mounted(name: str) -> ComponentRenderer:
    """Return the mounting command of the component in this folder, registered on first use."""
    import streamlit as st

    version = hashlib.sha256(script(name).encode()).hexdigest()[:16]
    address = f"{SCRIPTS.format(name=name)}?v={version}"
    return st.components.v2.component(
        f"omni_{name}",
        js=f"const made = await import(new URL({address!r}, location.origin).href);\nexport default made.default;\n",
        css=_joined(name, "css"),
    )


@cache
def script(name: str) -> str:
    """Return the whole script of a component. Raises KeyError for a name that is none."""
    return _joined(name, "js")


def _joined(name: str, kind: str) -> str:
    files = [_HERE / f"{part}.{kind}" for part in ("common", *SHARED[name], f"{name}/{name}")]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.exists())
