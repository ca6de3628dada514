"""The newest records of the program's log, by level, words and error id, as text and without the words of exceptions."""

from __future__ import annotations

import re

import streamlit as st

from config import settings
from telemetry import logs, reading
from telemetry.events import CallEnded
from telemetry.reading import Record
from ui import state
from ui.html import Piece, show, tag
from ui.text import plain
from ui.widgets.monitor.view import View

SHOWN = 50
LEVELS = {"info": "All", "warning": "Warnings and errors", "error": "Errors"}
_ID = re.compile(r"[0-9a-f]{8}")
_CLASS = {"warning": "warn", "error": "bad", "critical": "bad"}


def panel(view: View) -> None:
    """Show the records that fit, newest first; say why where there is nothing to show."""
    opened = logs.opened()
    if opened is None:
        return
    with st.container(key="monitor_log", gap="small"):
        st.markdown("**Log**")
        level, text = _wanted(view)
        if shared() and not _ID.fullmatch(text.strip().lower()):
            st.caption(
                "Others use this server too: a record is shown to whoever gives its error id, the eight signs that the failed page named."
            )
            return
        found = reading.newest(*opened, level, text, SHOWN)
        if found.problem:
            st.warning(found.problem)
        elif not found.records:
            st.caption("No record fits." if text.strip() or level != "info" else "Nothing has been logged yet.")
        else:
            show(tag("div", tag("div", tag("table", *map(_row, found.records)), class_="scroll"), class_="omni findings"))
        older = " Older ones are in the file." if found.more else ""
        st.caption(f"Newest first, times in UTC.{older} What an exception says is in omni_architect.log alone, beside the program's data.")


def shared() -> bool:
    """Tell whether more than one person may use this installation: it listens beyond this machine, or stands behind a proxy."""
    held = settings()
    return held.omni_host not in ("127.0.0.1", "localhost", "::1") or bool(held.omni_allowed_hosts)


def look_up(identity: str) -> None:
    """Let the log show what it has under this error id, when the Monitor page is drawn next."""
    st.session_state[state.MONITOR_LOG_LEVEL] = "info"
    st.session_state[state.MONITOR_LOG_FIND] = identity


def _wanted(view: View) -> tuple[str, str]:
    st.session_state.setdefault(state.MONITOR_LOG_LEVEL, "info")
    st.session_state.setdefault(state.MONITOR_LOG_FIND, "")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Words or an error id", key=state.MONITOR_LOG_FIND, icon=":material/search:", max_chars=120, width=260, persist_state="session"
        )
        st.segmented_control(
            "Level", list(LEVELS), key=state.MONITOR_LOG_LEVEL, format_func=LEVELS.__getitem__, required=True, persist_state="session"
        )
        ids = [entry.error_id for entry in view.figures.errors if isinstance(entry, CallEnded) and entry.error_id] if view.own else []
        if ids:
            st.selectbox(
                "Recent error ids", ids, index=None, key=state.MONITOR_LOG_ID, placeholder="choose one", width=180, on_change=_chosen
            )
    return str(st.session_state[state.MONITOR_LOG_LEVEL] or "info"), str(st.session_state[state.MONITOR_LOG_FIND])


def _chosen() -> None:
    if identity := st.session_state.get(state.MONITOR_LOG_ID):
        look_up(str(identity))
        st.session_state[state.MONITOR_LOG_ID] = None


def _row(record: Record) -> Piece:
    said = [tag("span", plain(record.event, 600))]
    if record.fields:
        said.append(tag("span", " " + plain("  ".join(f"{name}={value}" for name, value in record.fields), 600), class_="mono soft"))
    if record.error:
        said.append(tag("span", f" {plain(record.error, 120)} at {plain(record.places, 600)}", class_="mono soft"))
    return tag(
        "tr",
        tag("td", plain(record.time.replace("T", " ")[:19], 40), class_="mono soft", title=record.time),
        tag("td", record.level, class_=_CLASS.get(record.level, "soft")),
        tag("td", plain(record.logger, 60), class_="mono soft"),
        tag("td", *said, class_="say"),
    )
