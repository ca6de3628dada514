"""What a run says about itself, in Advanced parameters: high stakes, a budget, a latency bound, a busy machine (SPEC §7)."""

from __future__ import annotations

import streamlit as st

from providers.adaptive import Needs
from ui import state

CHOICES = {
    "": "As the preset says",
    "stakes": "High stakes",
    "budget": "Within a budget",
    "latency": "Quickly",
    "busy": "On a busy machine",
}


def occasion() -> None:
    """Show the choice, and the number that belongs to it."""
    st.selectbox(
        "This run",
        list(CHOICES),
        key=state.OCCASION,
        format_func=lambda choice: CHOICES[choice],
        help="High stakes: everyone, in parallel, must agree. A budget: the cheapest that fit, one after another. Quickly or on a busy "
        "machine: one fast member. Members, strategy and execution follow, and the line above Generate says why.",
        persist_state="session",
    )
    chosen = state.value(state.OCCASION)
    if chosen == "budget":
        st.session_state.setdefault(state.OCCASION_BUDGET, 0.05)
        st.number_input("Dollars for this run", 0.0, 100.0, step=0.01, format="%.3f", key=state.OCCASION_BUDGET, persist_state="session")
    elif chosen == "latency":
        st.session_state.setdefault(state.OCCASION_SECONDS, 20)
        st.number_input("Seconds until the answer", 1, 3600, step=5, key=state.OCCASION_SECONDS, persist_state="session")


def needs() -> Needs:
    """Return what the choice says."""
    chosen = state.value(state.OCCASION)
    return Needs(
        high_stakes=chosen == "stakes",
        budget_usd=float(state.value(state.OCCASION_BUDGET, 0.05)) if chosen == "budget" else None,
        latency_s=float(state.value(state.OCCASION_SECONDS, 20)) if chosen == "latency" else None,
        busy=chosen == "busy",
    )
