"""What each member did: requests, success, latency, tokens, cost, hits, and whether its breaker lets calls through."""

from __future__ import annotations

import streamlit as st

from providers import vendors
from providers.errors import ConfigurationError
from providers.execution.breaker import BreakerState
from providers.shared import BreakerView
from telemetry.figures import MemberFigures
from ui.html import Piece, show, tag
from ui.text import money, plain, seconds
from ui.widgets.monitor.view import View

HEAD = ("Member", "Requests", "Success", "p50", "p95", "p99", "First token", "Tokens in / out", "Cost", "From cache", "Breaker")
LOW = 0.9
"""A success rate below this is marked."""
_WORST = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


def panel(view: View) -> None:
    """Show one line a vendor's model."""
    if not view.figures.members:
        return
    st.markdown("**Members**")
    breakers: dict[tuple[str, str], BreakerView] = {}
    for breaker in view.held.shared.breakers(view.owner):
        held = breakers.get((breaker.vendor, breaker.model))
        if held is None or _WORST[breaker.state] > _WORST[held.state]:
            breakers[breaker.vendor, breaker.model] = breaker
    head = tag("tr", *(tag("th", name, scope="col") for name in HEAD))
    rows = [_row(member, breakers.get((member.vendor, member.model))) for member in view.figures.members]
    show(tag("div", tag("div", tag("table", head, *rows), class_="scroll"), class_="omni members"))
    st.caption("Success leaves out cancelled calls. Times are of answers that were not from the cache.")


def _row(member: MemberFigures, breaker: BreakerView | None) -> Piece:
    rate = member.success_rate
    failed = f"{member.failed} failed, {member.cancelled} cancelled, {member.retries} further attempts"
    cost = money(member.cost_usd)
    if member.unpriced and member.cost_usd is not None:
        cost += f" + {member.unpriced} unknown"
    cells = [
        tag("td", str(member.requests), class_="number", title=failed),
        tag(
            "td", "–" if rate is None else f"{rate:.0%}", class_="number bad" if rate is not None and rate < LOW else "number", title=failed
        ),
        *(tag("td", "–" if at is None else seconds(at), class_="number") for at in _times(member)),
        tag("td", _tokens(member), class_="number"),
        tag("td", cost, class_="number"),
        tag("td", str(member.cache_hits), class_="number"),
        tag("td", *_breaker(breaker)),
    ]
    name = tag("th", tag("span", _vendor(member.vendor)), tag("span", plain(member.model, 60), class_="mono soft"), scope="row")
    return tag("tr", name, *cells)


def _tokens(member: MemberFigures) -> str:
    counts = [member.tokens(count) for count in (member.input_tokens, member.output_tokens)]
    return counts[0] if member.input_tokens is member.output_tokens is None else " / ".join(counts)


def _times(member: MemberFigures) -> tuple[float | None, ...]:
    return member.p50_ms, member.p95_ms, member.p99_ms, member.first_token_ms


def _breaker(breaker: BreakerView | None) -> tuple[Piece, ...]:
    if breaker is None:
        return (tag("span", "none", class_="soft", title="Nothing that could be down: it runs in this program."),)
    if breaker.state is BreakerState.CLOSED:
        return (tag("span", "closed", class_="good", title="Calls go through."),)
    if breaker.state is BreakerState.HALF_OPEN:
        return (tag("span", "half open", class_="warn", title="The next call finds out whether the vendor is back."),)
    title = "It failed several times in a row and is left alone, unless nobody else could answer."
    return (tag("span", f"open, {seconds(breaker.opens_in_s * 1000)}", class_="bad", title=title),)


def _vendor(vendor: str) -> str:
    try:
        return vendors.find(vendor).label.partition(" (")[0]
    except ConfigurationError:
        return plain(vendor, 40)
