"""Components that render in the browser: each folder holds its script, its style and the Python side that mounts it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


@cache
def mounted(name: str) -> ComponentRenderer:
    """Return the mounting command of the component in this folder, registered on first use."""
    import streamlit as st

    folder = Path(__file__).parent / name
    return st.components.v2.component(
        f"omni_{name}",
        js=_read(folder.parent / "common.js") + _read(folder / f"{name}.js"),
        css=_read(folder / f"{name}.css"),
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
