"""What of today's budgets is used, and the runs of the last fortnight from the history, which outlasts the process."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import streamlit as st

from config import settings
from engine.resources import operator_budgets
from engine.runs import HistoryProblem
from providers.shared import owner_hash
from ui import state
from ui.text import count, label, money
from ui.widgets import running
from ui.widgets.monitor.view import View

DAYS = 14
MOST_RUNS = 500


def panel(view: View) -> None:
    """Show both side by side, for one's own runs only."""
    if not view.own:
        return
    left, right = st.columns([5, 7], gap="medium")
    with left:
        _budgets(view)
    with right:
        _fortnight()


def _budgets(view: View) -> None:
    ledger = view.held.shared.ledger
    if ledger is None:
        return
    day, limits = ledger.today(owner_hash(view.owner or "")), operator_budgets(settings())
    own = state.value(state.BUDGET_DAY)
    limit = min((each for each in (limits.day_usd, own) if each is not None), default=None)
    st.markdown("**Today** (UTC)")
    spent = money(day.usd) if day.usd else "nothing"
    st.markdown(label(f"Spent {spent}" + (f" of {money(limit)}" if limit is not None else ", no budget for a day is set")))
    if limit is not None:
        st.progress(min(1.0, day.usd / limit))
    for vendor, used in sorted(day.tokens.items()):
        of = f" of {limits.day_tokens:,}" if limits.day_tokens else ""
        st.caption(label(f"{vendor}: {used:,}{of} tokens in {count(day.calls[vendor], 'call')}"))


def _fortnight() -> None:
    try:
        kept = running.store().recent(state.browser(), limit=MOST_RUNS)
    except HistoryProblem as problem:
        st.caption(label(problem.message, most=300))
        return
    now = datetime.now(UTC).date()
    days = [now - timedelta(days=back) for back in reversed(range(DAYS))]
    often = Counter(run.created_at.date() for run in kept)
    if not any(often[day] for day in days):
        return
    st.markdown("**Verdicts in your history, by day**")
    st.bar_chart({"day": [f"{day:%m-%d}" for day in days], "verdicts": [often[day] for day in days]}, x="day", y="verdicts", height=150)
