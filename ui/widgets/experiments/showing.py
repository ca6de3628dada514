"""What came of an experiment: the words, the table, three charts, each answer, and what can be taken away."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engine.experiments import export
from engine.experiments.figures import notes_of
from engine.experiments.records import Best, Outcome, Recorded, Results, Row
from ui import state
from ui.html import Piece, show, tag
from ui.text import count, excerpt, label, money, plain, seconds, unique
from ui.widgets.experiments import charts

HEAD = ("Configuration", "Accuracy", "95 % interval", "Score", "Consensus", "p50", "p95", "Cost", "Failed")
SHOWN = 60
_CLASS = {Outcome.RIGHT: "good", Outcome.WRONG: "warn", Outcome.FAILED: "bad", Outcome.NOT_ASKED: "soft"}


def results() -> None:
    """Show everything that was found; where nothing was, say what will stand here."""
    page = state.page()
    found = page.experiment_results
    if found is None or page.experiment is None:
        _nothing_yet()
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="experiment_results"):
        word = "" if found.finished else " · :orange[not finished]"
        st.markdown(f"**{label(found.title)}**{word}")
        _downloads(found)
    for note in found.notes[:1] if not found.finished else ():
        st.info(label(note, most=400), icon=":material/info:")
    if found.best:
        with st.container(key="experiment_best"):
            for column, entry in zip(st.columns(len(found.best), gap="small"), found.best, strict=True):
                with column:
                    _word(entry, len(found.rows))
    table(found.rows)
    charts.draw(found.rows)
    _answers(found)
    with st.expander(f"How to read this: {count(len(notes_of(found)), 'note')}", icon=":material/info:"):
        for note in notes_of(found):
            st.caption(label(note, most=900))
        for entry in found.best:
            st.caption(label(f"{entry.word}: {entry.how}", most=400))


def table(rows: Sequence[Row]) -> None:
    """Show a line a configuration."""
    head = tag("tr", tag("th", HEAD[0], scope="col"), *(tag("th", name, scope="col", class_="number") for name in HEAD[1:]))
    lines = [_line(row) for row in rows]
    show(tag("div", tag("div", tag("table", head, *lines), class_="scroll"), class_="omni members"))


def _line(row: Row) -> Piece:
    share = row.accuracy
    asked = f"{row.not_asked} not asked" if row.not_asked else "all asked"
    cells = (
        "–" if share.value is None else f"{share.value:.0%}",
        "–" if share.value is None else f"{share.low:.0%} to {share.high:.0%}",
        "–" if row.score is None else f"{row.score:.2f}",
        "–" if row.consensus is None else f"{row.consensus:.0%}",
        "–" if row.p50_ms is None else seconds(row.p50_ms),
        "–" if row.p95_ms is None else seconds(row.p95_ms),
        "–" if not share.of else "unknown" if row.cost_usd is None else money(row.cost_usd),
    )
    name = tag(
        "th",
        tag("span", plain(row.configuration, 60)),
        tag("span", f"{share.right} of {share.of} right, {asked}", class_="soft"),
        scope="row",
    )
    failed = tag("td", str(row.failed), class_="number bad" if row.failed else "number")
    return tag("tr", name, *(tag("td", cell, class_="number") for cell in cells), failed)


def _word(entry: Best, many: int) -> None:
    st.metric(
        entry.word,
        plain(entry.configuration, 28) if entry.configuration else f"all {many} alike" if entry.how.startswith("All") else "–",
        delta=plain(entry.figure, 60) or "not known",
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=label(entry.how, most=400),
    )


def _answers(found: Results) -> None:
    """Show what became of every question, a column a configuration, and one answer in full as plain text."""
    names = [row.configuration for row in found.rows]
    by_place = {(entry.question, entry.configuration): entry for entry in found.recorded}
    ids = list(dict.fromkeys(entry.question for entry in found.recorded))
    with st.expander(f"Every answer: {count(len(ids), 'question')}", icon=":material/table_rows:"):
        head = tag("tr", tag("th", "Question", scope="col"), *(tag("th", plain(name, 40), scope="col") for name in names))
        lines = [
            tag("tr", tag("th", tag("span", plain(name, 60)), scope="row"), *(_cell(by_place.get((name, other))) for other in names))
            for name in ids[:SHOWN]
        ]
        show(tag("div", tag("div", tag("table", head, *lines), class_="scroll"), class_="omni members"))
        if len(ids) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(ids)} questions are shown; the export has all.")
        made = [entry for entry in found.recorded if entry.outcome is not Outcome.NOT_ASKED]
        options = unique({at: f"{plain(entry.question, 40)} · {plain(entry.configuration, 40)}" for at, entry in enumerate(made)})
        if options:
            at = st.selectbox(
                "Read one", list(options), key=state.EXPERIMENT_SHOWN, format_func=lambda place: options.get(place, ""), index=None,
                placeholder="Choose an answer", persist_state="session",
            )  # fmt: skip
            if at is not None and at in options:
                _one(made[at])


def _one(entry: Recorded) -> None:
    told = [
        entry.outcome.value,
        f"from {entry.winner}" if entry.winner else "",
        "" if entry.latency_ms is None else seconds(entry.latency_ms),
    ]
    st.caption(label(", ".join(part for part in told if part), most=200))
    if entry.problem:
        st.caption(label(entry.problem, most=600))
    shown, missing = excerpt(entry.text.splitlines())
    if shown:
        st.code(shown, language=None, height=320 if shown.count("\n") > 15 else "content")
    if missing:
        st.caption(missing)


def _cell(entry: Recorded | None) -> Piece:
    if entry is None:
        return tag("td", "–", class_="soft")
    hint = plain(entry.problem or entry.text, 200)
    return tag("td", entry.outcome.value, class_=_CLASS[entry.outcome], title=hint)


def _downloads(found: Results) -> None:
    experiment = state.page().experiment
    questions = dict(experiment.questions) if experiment is not None else {}
    with st.popover("Export", icon=":material/download:"):
        for name, shown, file, mime, make in (
            ("figures", "Figures as CSV", "omni-experiment-figures.csv", "text/csv", lambda: export.figures_csv(found)),
            ("runs", "Answers as CSV", "omni-experiment-answers.csv", "text/csv", lambda: export.runs_csv(found)),
            ("json", "Everything as JSON", "omni-experiment.json", "application/json", lambda: export.json_bytes(found, questions)),
        ):
            st.download_button(
                shown,
                make,
                file,
                mime,
                key=f"{state.EXPERIMENT_EXPORT}{name}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )


def _nothing_yet() -> None:
    with st.container(key="experiment_empty", border=True):
        st.markdown("**Nothing was asked yet.**")
        st.markdown(
            "Start asks every question of every configuration and fills a table here: how often each was right and how sure that is, "
            "how far its members agreed, how long it took, what it cost. Then it shows, without asking again, how reliable each would be "
            "with fewer members and under another strategy, and names the fastest, the cheapest, the most reliable, and the best value."
        )
        st.caption(
            "With no key the built-in architect answers the repository questions in three styles, free. docs/experiments.md tells more."
        )
