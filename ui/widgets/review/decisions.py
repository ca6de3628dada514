"""The votes, decision by decision: a row a decision, a column a member; a click on a cell takes that one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from engine.choose import COMPOSED, CannotTake, DecisionRow, decision_rows, take_decision
from providers.records import Verdict
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import plain
from ui.widgets.review import history
from ui.widgets.review.naming import titles
from ui.widgets.verdict import agreed

JUDGING_S = 20.0
DIFFER, ALL = "Where they differ", "All"
NOT_SET = "not set"
TALL_ROWS = 14


def table(verdict: Verdict) -> None:
    """Show the decisions; the tint and the last column say where members agree, and a chosen cell can be taken over."""
    rows = decision_rows(verdict)
    if not rows:
        return
    members = titles(c for c in verdict.candidates if c.assessment and c.assessment.decisions)
    differing = tuple(row for row in rows if not row.agreed or (verdict.artifacts and row.chosen not in row.values.values()))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**Decisions** · :gray[{agreed(verdict) or 'one member decides'}]")
        if len(members) > 1:
            st.session_state.setdefault(state.DECISION_SCOPE, DIFFER if differing else ALL)
            st.segmented_control(
                "Which decisions",
                (DIFFER, ALL),
                key=state.DECISION_SCOPE,
                required=True,
                label_visibility="collapsed",
                persist_state="session",
            )
    shown = differing if len(members) > 1 and state.value(state.DECISION_SCOPE) == DIFFER else rows
    if not shown:
        st.caption("All members decided the same.")
        return
    height: Any = "content" if len(shown) <= TALL_ROWS else 460
    alt = "What each member decided, a row a decision, a column a member"
    if len(members) < 2 or not verdict.artifacts:
        st.dataframe(_plain(shown, members), hide_index=True, height=height, alt=alt)
        return
    offer = st.container(horizontal=True, vertical_alignment="center", key="decision_offer")
    history.problem(state.DECISIONS)
    picked = st.dataframe(
        _styled(shown, members),
        key=f"{state.DECISIONS}_{verdict.run_id}_{len(shown)}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        height=height,
        alt=alt,
    )
    with offer:
        _offer(verdict, shown, members, picked)


def _offer(verdict: Verdict, rows: tuple[DecisionRow, ...], members: dict[str, str], picked: Any) -> None:
    """Say what the chosen cell could do, and offer to do it; the button is always there, so that nothing moves."""
    cells = picked.selection.cells if picked is not None else []
    by_title = {title: member for member, title in members.items()}
    member, key = "", ""
    if not cells or cells[0][1] not in by_title or not 0 <= cells[0][0] < len(rows):
        told = "Click a member's cell to take that decision: the file is rebuilt, validated and scored again."
    else:
        row = rows[cells[0][0]]
        value = row.values.get(by_title[cells[0][1]], "")
        told = f"{row.path}, {row.name.replace('_', ' ')}: {row.chosen or NOT_SET} → {value or NOT_SET}, from {cells[0][1]}"
        if value == row.chosen:
            told = "The verdict has this one already." if value else "The verdict leaves this open too."
        else:
            member, key = by_title[cells[0][1]], row.key
    st.button(
        "Take this one", key=state.TAKE_DECISION, icon=":material/check:", on_click=_take, args=(verdict, member, key), disabled=not member
    )
    st.text(told)


def _take(verdict: Verdict, member: str, key: str) -> None:
    page = state.page()
    try:
        history.changed(BRIDGE.call(take_decision(verdict, member, key, page.expectations), JUDGING_S))
    except (CannotTake, BridgeBusyError) as problem:
        history.refused(state.DECISIONS, str(problem))
    except TimeoutError:
        history.refused(state.DECISIONS, "The validators took too long, so the decision was not taken. Try again.")
    else:
        st.session_state[state.CANDIDATE] = COMPOSED


def _plain(rows: tuple[DecisionRow, ...], members: dict[str, str]) -> list[dict[str, str]]:
    """Return the table where nothing can be taken: without a verdict, or with one member's word alone."""
    hidden = {"verdict"} if len(members) > 1 else {"verdict", "members"}
    return [{name: value for name, value in _record(row, members).items() if name not in hidden} for row in rows]


def _styled(rows: tuple[DecisionRow, ...], members: dict[str, str]) -> Any:
    import pandas

    frame = pandas.DataFrame([_record(row, members) for row in rows])
    return frame.style.apply(lambda column: _tints(column, rows, members), axis=0)


def _record(row: DecisionRow, members: dict[str, str]) -> dict[str, str]:
    return {
        "file": plain(row.path),
        "decision": plain(row.name.replace("_", " ")),
        **{title: plain(row.values.get(member, NOT_SET), 300) for member, title in members.items()},
        "verdict": plain(row.chosen or NOT_SET, 300),
        "members": _agreement(row, members) + (", blocking" if row.blocking and not row.agreed else ""),
    }


def _agreement(row: DecisionRow, members: dict[str, str]) -> str:
    if row.agreed:
        return "agree"
    most = max(Counter(row.values.get(member, "") for member in members).values())
    return f"{most} of {len(members)} agree" if most > 1 else "differ"


def _tints(column: Any, rows: tuple[DecisionRow, ...], members: dict[str, str]) -> list[str]:
    """Tint a member's cells: green with the verdict, amber against it, red against it where it blocks."""
    member = next((member for member, title in members.items() if title == str(column.name)), None)
    if member is None:
        return [""] * len(rows)
    styles = []
    for row in rows:
        same = row.values.get(member, "") == row.chosen
        colour = "46, 160, 67" if same else "218, 54, 51" if row.blocking else "210, 153, 34"
        styles.append(f"background-color: rgba({colour}, 0.18)")
    return styles
