"""The four figures at the top of the Monitor page, each with how it went, and what can be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from telemetry import exports
from ui import state
from ui.text import ago, count, money, seconds
from ui.widgets.monitor.view import View, look, seen


def downloads() -> None:
    """Offer calls as CSV, figures as JSON, and the written report; each is made when it is asked for, as it is then."""
    chosen = look()
    held, owner, over = chosen.held, chosen.owner, chosen.seconds
    with st.popover("Export", icon=":material/download:"):
        st.download_button(
            "Calls as CSV",
            lambda: exports.calls_csv((view := seen(held, owner, over)).calls(), own=view.own),
            "omni-calls.csv",
            "text/csv",
            key=state.MONITOR_CSV,
            on_click="ignore",
            type="tertiary",
            icon=":material/table:",
        )
        st.download_button(
            "Figures and calls as JSON",
            lambda: exports.document((view := seen(held, owner, over)).figures, view.calls(), own=view.own),
            "omni-figures.json",
            "application/json",
            key=state.MONITOR_JSON,
            on_click="ignore",
            type="tertiary",
            icon=":material/data_object:",
        )
        st.download_button(
            "Written report",
            lambda: exports.report((view := seen(held, owner, over)).figures, scope=view.scope, own=view.own),
            "omni-report.md",
            "text/markdown",
            key=state.MONITOR_REPORT,
            on_click="ignore",
            type="tertiary",
            icon=":material/description:",
        )


def figures(view: View) -> None:
    """Show runs, success, p95 and cost."""
    found = view.figures
    parts = [(found.verdicts, "with a verdict"), (found.failed, "failed"), (found.stopped, "stopped"), (found.refused, "not sent")]
    said = ", ".join(f"{number} {word}" for number, word in parts if number)
    with st.container(key="monitor_figures", horizontal=True, gap="small"):
        _figure("Runs", f"{found.runs:,}", said or "none ended yet", found.runs_series, "bar", "Runs that ended in this time.")
        _figure(
            "Success",
            "–" if found.success_rate is None else f"{found.success_rate:.0%}",
            f"{found.verdicts} of {found.verdicts + found.failed} gave a verdict",
            found.success_series,
            "line",
            "Runs with a verdict among those that were neither stopped nor refused.",
        )
        _figure(
            "p95 of a run",
            "–" if found.p95_ms is None else seconds(found.p95_ms),
            "for a run with a verdict",
            found.p95_series,
            "line",
            "The time that 95 % of the verdicts did not exceed, by nearest rank.",
        )
        unknown = f"{count(found.unpriced, 'answer')} of unknown price" if found.unpriced else ""
        hits = f"{count(found.cache_hits, 'answer')} from the cache" if found.cache_hits else ""
        _figure(
            "Cost",
            _spent(found.cost_usd) if found.members else "–",
            ", ".join(part for part in (unknown, hits) if part) or "every price is known",
            found.cost_series if found.cost_usd is not None else (),
            "area",
            "What the calls cost by the price lists; answers of unknown price are not in it.",
        )


def _spent(dollars: float | None) -> str:
    """Return the sum short enough for a phone: `$0.0003`, `free`, `unknown`."""
    if dollars is None:
        return "unknown"
    return f"${dollars:.4f}" if 0.00005 <= dollars < 0.01 else money(dollars)


def started(view: View) -> str:
    """Say since when this process counts."""
    return ago(datetime.fromtimestamp(view.held.monitor.started, UTC), datetime.now(UTC))


def _figure(title: str, value: str, below: str, series: Sequence[float | None], kind: str, hint: str) -> None:
    points = _filled(series)
    st.metric(
        title,
        value,
        delta=below,
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=hint,
        chart_data=points or None,
        chart_type=kind,  # type: ignore[arg-type]
    )


def _filled(series: Sequence[float | None]) -> list[float]:
    """Return the known points; between them the last known one holds, before the first there is none. A single one is a level line."""
    points: list[float] = []
    for value in series:
        if value is not None:
            points.append(value)
        elif points:
            points.append(points[-1])
    return points * 2 if len(points) == 1 else points
