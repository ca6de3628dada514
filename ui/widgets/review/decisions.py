"""The votes, decision by decision: a row a decision, a column a member; a click on a cell takes that one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from engine.choose import CannotTake, DecisionRow, decision_rows, take_decision
from providers.records import Verdict
from ui import state
from ui.bridge import BRIDGE
from ui.widgets.review import history
from ui.widgets.verdict import agreed

JUDGING_S = 20.0
DIFFER, ALL = "Where they differ", "All"


def table(verdict: Verdict) -> None:
    """Show the decisions; the tint and the last column say where members agree, and a chosen cell can be taken over."""
    rows = decision_rows(verdict)
    if not rows:
        return
    differing = tuple(row for row in rows if not row.agreed)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**Decisions** · :gray[{agreed(verdict) or 'one member decides'}]")
        scope = st.segmented_control(
            "Which decisions", (DIFFER, ALL), default=DIFFER if differing else ALL, key="decision_scope", label_visibility="collapsed"
        )
    shown = rows if scope != DIFFER else differing
    if not shown:
        st.caption("All members decided the same.")
        return
    members = {c.member.id: c.member.label for c in verdict.candidates if c.assessment and c.assessment.decisions}
    picked = st.dataframe(
        _styled(shown, members),
        key=f"{state.DECISIONS}_{verdict.run_id}_{scope}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        height="content" if len(shown) <= 12 else 420,
        alt="What each member decided, a row a decision, a column a member",
    )
    _offer(verdict, shown, members, picked)


def _offer(verdict: Verdict, rows: tuple[DecisionRow, ...], members: dict[str, str], picked: Any) -> None:
    cells = picked.selection.cells if picked is not None else []
    titles = {_title(member, members): member for member in members}
    if not cells or cells[0][1] not in titles or not 0 <= cells[0][0] < len(rows):
        st.caption("Click a member's cell to take that decision into the verdict; the file is rebuilt, validated and scored again.")
        return
    row, member = rows[cells[0][0]], titles[cells[0][1]]
    value = row.values.get(member)
    if value is None or value == row.chosen:
        st.caption("The verdict has this one already." if value == row.chosen else "This member decides nothing here.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{row.path}: {row.name} = {value}, from {members[member]}")
        st.button("Take this one", key=state.TAKE_DECISION, type="primary", on_click=_take, args=(verdict, member, row.key))


def _take(verdict: Verdict, member: str, key: str) -> None:
    page = state.page()
    expectations = page.sent.prompt.expectations if page.sent else page.reopened.expectations if page.reopened else None
    try:
        history.changed(BRIDGE.call(take_decision(verdict, member, key, expectations), JUDGING_S))
    except CannotTake as problem:
        page.review_problem = str(problem)
    except TimeoutError:
        page.review_problem = "The validators took too long, so the decision was not taken. Try again."


def _styled(rows: tuple[DecisionRow, ...], members: dict[str, str]) -> Any:
    import pandas

    frame = pandas.DataFrame([_record(row, members) for row in rows])
    return frame.style.apply(lambda column: _tints(column, rows, members), axis=0)


def _record(row: DecisionRow, members: dict[str, str]) -> dict[str, str]:
    told = "all agree" if row.agreed else f"{_most(row, members)} of {len(members)} agree"
    return {
        "file": row.path,
        "decision": row.name.replace("_", " "),
        **{_title(member, members): row.values.get(member, "") for member in members},
        "verdict": row.chosen,
        "agreement": told + (", blocking" if row.blocking else ""),
    }


def _tints(column: Any, rows: tuple[DecisionRow, ...], members: dict[str, str]) -> list[str]:
    """Tint a member's cells: green with the verdict, amber against it, red against it where it blocks."""
    titles = {_title(member, members): member for member in members}
    member = titles.get(str(column.name))
    if member is None:
        return [""] * len(rows)
    styles = []
    for row in rows:
        same = row.values.get(member, "") == row.chosen
        colour = "46, 160, 67" if same else "218, 54, 51" if row.blocking else "210, 153, 34"
        styles.append(f"background-color: rgba({colour}, 0.18)")
    return styles


def _most(row: DecisionRow, members: dict[str, str]) -> int:
    """Count the members behind the most frequent value; to decide nothing is a value too."""
    return max(Counter(row.values.get(member, "") for member in members).values(), default=0)


def _title(member: str, members: dict[str, str]) -> str:
    """Return a column's title: the label, with the id where two members share it."""
    title = members[member]
    return title if list(members.values()).count(title) == 1 else f"{title} ({member})"
