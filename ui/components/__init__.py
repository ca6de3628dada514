"""Components that render in the browser: each folder holds its script, its style and the Python side that mounts it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


@cache
def mounted(name: str, *parts: str) -> ComponentRenderer:
    """Return the mounting command of the component in this folder, registered on first use; `parts` name what it shares with others."""
    import streamlit as st

    folder = Path(__file__).parent / name
    return st.components.v2.component(
        f"omni_{name}",
        js="".join(_read(folder.parent / f"{part}.js") for part in ("common", *parts)) + _read(folder / f"{name}.js"),
        css="".join(_read(file) for part in parts if (file := folder.parent / f"{part}.css").exists()) + _read(folder / f"{name}.css"),
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
