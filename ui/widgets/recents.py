"""The folders opened lately: one click opens one again, and one that is gone says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from config import settings
from ui import state
from ui.text import ago, label
from ui.widgets.entering import enter_folder
from workspace import recent
from workspace.errors import WorkspaceError
from workspace.recent import Recent


def known() -> tuple[Recent, ...]:
    """Return the folders that this browser opened lately, without the one that is open."""
    workspace = state.page().workspace
    entries = recent.recent(settings().omni_data_dir, state.browser())
    return tuple(entry for entry in entries if workspace is None or entry.path != workspace.location)


def listed(entries: tuple[Recent, ...]) -> None:
    """Show a line a folder."""
    with st.container(key="recent", gap=None):
        for place, entry in enumerate(entries):
            _line(place, entry)


def _line(place: int, entry: Recent) -> None:
    when = datetime.fromtimestamp(entry.when, UTC)
    gone = entry.gone
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            f"**{label(entry.name, most=40)}**",
            key=f"{state.RECENT}{place}",
            icon=":material/folder_off:" if gone else ":material/folder:",
            type="tertiary",
            disabled=gone,
            on_click=enter_folder,
            args=(entry.path,),
        )
        said = "this folder is gone" if gone else ago(when, datetime.now(UTC))
        st.caption(f"{label(_short(entry.path), most=60)} · {said}", help=label(entry.path, most=300))
        if gone:
            st.button("Forget", key=f"{state.FORGET}{place}", type="tertiary", on_click=_forget, args=(entry.path,))


def _short(path: str) -> str:
    """Return the folder that it lies in, with the home folder as `~`; the middle of a long one is left out."""
    folder = Path(path).parent
    text = f"~/{folder.relative_to(Path.home())}" if folder.is_relative_to(Path.home()) else str(folder)
    return text.removesuffix("/.") if len(text) <= 60 else f"{text[:20]}…{text[-38:]}"


def _forget(path: str) -> None:
    try:
        recent.forget(settings().omni_data_dir, state.browser(), path)
    except WorkspaceError as problem:
        state.page().problem = problem.message
