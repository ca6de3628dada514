"""What went wrong lately, each with the id under which the log has more."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from telemetry.events import CallEnded, RunEnded
from ui.html import Piece, show, tag
from ui.text import ago, count, plain
from ui.widgets.monitor.view import View

SHOWN = 12


def panel(view: View) -> None:
    """List the newest errors; say that there is none where there is none."""
    if not view.figures.runs and not view.figures.errors:
        return
    errors = view.figures.errors
    st.markdown("**Recent errors**")
    if not errors:
        st.caption(":green[:material/check_circle:] None in this time.")
        return
    show(
        tag(
            "div",
            tag("div", tag("table", *(_row(entry, own=view.own) for entry in errors[:SHOWN])), class_="scroll"),
            class_="omni findings",
        )
    )
    more = f"{count(len(errors) - SHOWN, 'more error is', 'more errors are')} in the export. " if len(errors) > SHOWN else ""
    st.caption(f"{more}The log, below, has each failed call under its error id.")


def _row(entry: CallEnded | RunEnded, *, own: bool) -> Piece:
    then = datetime.fromtimestamp(entry.began, UTC)
    when = tag("td", ago(then, datetime.now(UTC)), class_="soft", title=then.isoformat(timespec="seconds"))
    who = plain(entry.member, 60) if isinstance(entry, CallEnded) else ("the run" if entry.members else "the run, not sent")
    said = plain(entry.message, 400) if own else "Its words are shown to whoever asked."
    identity = entry.error_id if own and isinstance(entry, CallEnded) else ""  # whoever has an id may read its record
    return tag(
        "tr",
        when,
        tag("td", who),
        tag("td", entry.error, class_="bad"),
        tag("td", said, class_="say" if own else "say soft"),
        tag("td", identity, class_="mono soft", title="error id" if identity else None),
    )
