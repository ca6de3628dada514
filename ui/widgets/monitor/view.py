"""What the Monitor page looks at: whose runs, over which time, and the figures of that."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from config import settings
from engine.resources import Resources, resources
from telemetry.events import CallEnded
from telemetry.figures import Figures
from ui import state

MINE, EVERYONE = "Mine", "Everyone"
SCOPES = {MINE: "My runs", EVERYONE: "Everyone's runs on this server"}
SPANS: dict[str, float | None] = {"15 min": 900.0, "1 h": 3_600.0, "24 h": 86_400.0, "Since start": None}


@dataclass(frozen=True, slots=True)
class View:
    """One look. `owner` is None where everybody's runs are looked at; then no sentence of theirs is shown."""

    held: Resources
    owner: str | None
    seconds: float | None
    figures: Figures

    @property
    def own(self) -> bool:
        """Tell whether the runs are the reader's own."""
        return self.owner is not None

    @property
    def scope(self) -> str:
        """Return whose runs these are, in words."""
        return SCOPES[MINE if self.own else EVERYONE]

    def calls(self) -> list[CallEnded]:
        """Return the calls the figures are from, newest first."""
        return self.held.monitor.calls(self.owner, self.seconds)


def look() -> View:
    """Return what there is to see now, by the choices at the page's head."""
    owner = None if state.value(state.MONITOR_SCOPE) == EVERYONE else state.browser()
    return seen(resources(settings()), owner, SPANS.get(str(state.value(state.MONITOR_SPAN) or "1 h")))


def seen(held: Resources, owner: str | None, seconds: float | None) -> View:
    """Return what there is to see now of these runs; also from a thread that belongs to no page."""
    return View(held, owner, seconds, held.monitor.figures(owner, seconds))


def choices() -> None:
    """Let the reader choose whose runs, and over which time."""
    st.session_state.setdefault(state.MONITOR_SCOPE, MINE)
    st.session_state.setdefault(state.MONITOR_SPAN, "1 h")
    st.segmented_control(
        "Whose runs",
        list(SCOPES),
        key=state.MONITOR_SCOPE,
        required=True,
        help="Everyone: the figures of all who use this server, without anything they wrote or were answered.",
        persist_state="session",
    )
    st.segmented_control("Over", list(SPANS), key=state.MONITOR_SPAN, required=True, persist_state="session")
