"""What a run may cost, and whether an earlier answer will do: the part of the advanced parameters that is about money."""

from __future__ import annotations

import streamlit as st

from config import settings
from engine.resources import operator_budgets
from providers.execution.cache import Reuse
from ui import state
from ui.text import money

WORDS = {Reuse.NEVER: "Never", Reuse.REPEATABLE: "At temperature 0", Reuse.ALWAYS: "Always"}


def parameters() -> None:
    """Show them; the operator's own limits are named, since nobody can go beyond them."""
    st.selectbox(
        "Reuse earlier answers",
        [reuse.value for reuse in Reuse],
        key=state.REUSE,
        format_func=lambda value: WORDS[Reuse(value)],
        help="A member that was asked exactly the same before, by you and with the same key, need not be asked again: the answer comes at "
        "once, costs nothing and is marked as from the cache. **At temperature 0** reuses only where a model is meant to repeat itself. "
        "**Always** also where its answers would differ.",
        persist_state="session",
    )
    limits = operator_budgets(settings())
    left, right = st.columns(2)
    left.number_input(
        "$ per run",
        0.0001,
        1_000.0,
        value=None,
        step=0.01,
        format="%.4f",
        key=state.BUDGET_RUN,
        placeholder=money(limits.run_usd) if limits.run_usd is not None else "none",
        help="A run that would cost more is not sent; one that comes to cost more is cut, and the answers that are there count."
        + (f" This server allows {money(limits.run_usd)} at most." if limits.run_usd is not None else ""),
        persist_state="session",
    )
    right.number_input(
        "$ per day",
        0.0001,
        10_000.0,
        value=None,
        step=0.1,
        format="%.2f",
        key=state.BUDGET_DAY,
        placeholder=money(limits.day_usd) if limits.day_usd is not None else "none",
        help="All your runs of a day (UTC) together."
        + (f" This server allows {money(limits.day_usd)} at most." if limits.day_usd is not None else ""),
        persist_state="session",
    )
