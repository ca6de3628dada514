"""What is asked of whom: the question set, the configurations, and what they would take."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import streamlit as st

from config import settings
from engine.experiments import reading
from engine.experiments.records import Configuration, ExperimentProblem, QuestionSet
from providers.execution import EXECUTIONS
from providers.strategies import STRATEGIES
from ui import lineup, state
from ui.html import show, tag
from ui.text import count, label, plain, unique

SHIPPED, UPLOAD, PASTE = "Shipped", "Upload", "Paste"
YAML_JSON, CSV = "YAML or JSON", "CSV"
SHOWN = 100
EXAMPLE = """questions:
- ask: Which TCP port does PostgreSQL listen on?
  expect: 5432
  normalization: numeric
- repository: sample
  target: dockerfile"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A question set and the configurations it is to be asked of."""

    found: QuestionSet
    configurations: tuple[Configuration, ...]


def choose() -> Chosen | None:
    """Let the user choose both; None where something is missing, which the page then says."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, key="experiment_questions"):
        found = _questions()
    with right, st.container(border=True, key="experiment_configurations"):
        configurations = _configurations(found)
    return Chosen(found, configurations) if found is not None and configurations else None


def _questions() -> QuestionSet | None:
    st.session_state.setdefault(state.EXPERIMENT_SOURCE, SHIPPED)
    source = st.segmented_control(
        "Question set", [SHIPPED, UPLOAD, PASTE], key=state.EXPERIMENT_SOURCE, required=True, persist_state="session"
    )
    try:
        found = _shipped() if source == SHIPPED else _uploaded() if source == UPLOAD else _pasted()
    except ExperimentProblem as problem:
        st.error(label(problem.message, most=700), icon=":material/error:")
        return None
    if found is None:
        return None
    if found.description:
        st.caption(label(found.description, most=600))
    texts = sum(not question.of_files for question in found.questions)
    told = [count(len(found.questions) - texts, "repository question"), count(texts, "text question")]
    with st.expander(label(f"{found.title}: {', '.join(told)}"), icon=":material/quiz:"):
        rows = [
            tag(
                "tr",
                tag("td", plain(question.id, 60), class_="mono"),
                tag("td", plain(question.words, 300), class_="say"),
                tag(
                    "td",
                    f"score from {question.accept:g}" if question.of_files else plain(" or ".join(question.expect), 80),
                    class_="soft",
                ),
            )
            for question in found.questions[:SHOWN]
        ]
        show(tag("div", tag("div", tag("table", *rows), class_="scroll"), class_="omni findings"))
        if len(found.questions) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(found.questions)} are shown; all are asked.")
    return found


def _shipped() -> QuestionSet:
    known = reading.shipped()
    names = list(known)
    if len(names) > 1:
        st.selectbox("Set", names, key=state.EXPERIMENT_SET, persist_state="session")
    return reading.load(known.get(str(state.value(state.EXPERIMENT_SET)), known[names[0]]))


def _uploaded() -> QuestionSet | None:
    page = state.page()
    file = st.file_uploader("File", type=list(reading.ENDINGS), key=state.EXPERIMENT_FILE, label_visibility="collapsed", max_upload_size=1)
    if file is not None:
        page.experiment_upload = (plain(file.name, 80), file.getvalue()[: reading.MAX_BYTES + 1])
    if not page.experiment_upload:
        st.caption("YAML, JSON or CSV. docs/experiments.md describes the format; Paste shows an example.")
        return None
    name, content = page.experiment_upload
    if file is None:
        st.caption(label(f"From {name}, uploaded earlier."))
    return reading.parse(content, name)


def _pasted() -> QuestionSet | None:
    st.session_state.setdefault(state.EXPERIMENT_FORMAT, YAML_JSON)
    ending = st.segmented_control("Format", [YAML_JSON, CSV], key=state.EXPERIMENT_FORMAT, required=True, persist_state="session")
    text = st.text_area(
        "Questions",
        key=state.EXPERIMENT_PASTED,
        placeholder=EXAMPLE if ending == YAML_JSON else "ask,expect,normalization\nWhich TCP port is HTTPS served on?,443,numeric",
        height=180,
        max_chars=reading.MAX_BYTES // 4,
        label_visibility="collapsed",
        persist_state="session",
    )
    if not (text or "").strip():
        st.caption("A question has ask and expect, or repository (sample, or workspace for the open one) and target.")
        return None
    return reading.parse(str(text).encode(), "pasted.yaml" if ending == YAML_JSON else "pasted.csv")


def _configurations(found: QuestionSet | None) -> tuple[Configuration, ...]:
    own = found.configurations if found is not None else ()
    if own:
        st.session_state.setdefault(state.EXPERIMENT_OWN, True)
        if st.toggle(
            f"The set's own {count(len(own), 'configuration')}",
            key=state.EXPERIMENT_OWN,
            help="Off: presets, strategies and executions of your choice, every one with every other.",
            persist_state="session",
        ):
            st.caption(label(" · ".join(entry.name for entry in own), most=600))
            return own
    known, problem = lineup.catalogue(settings())
    if problem:
        st.error(label(problem, most=400), icon=":material/error:")
    titles = unique({name: preset.title for name, preset in known.items()})
    chosen_preset = state.value(state.PRESET)
    first = chosen_preset if chosen_preset in known else next(iter(known))
    # what was chosen may since have been removed on the Settings page
    st.session_state[state.EXPERIMENT_PRESETS] = [name for name in state.value(state.EXPERIMENT_PRESETS, [first]) if name in known]
    st.multiselect(
        "Presets",
        list(known),
        key=state.EXPERIMENT_PRESETS,
        format_func=lambda name: plain(titles.get(str(name), ""), 60),
        placeholder="Choose at least one",
        persist_state="session",
    )
    strategies = {entry.id: entry.label for entry in STRATEGIES}
    executions = {entry.id: entry.label for entry in EXECUTIONS}
    st.session_state.setdefault(state.EXPERIMENT_STRATEGIES, ["best_of_n", "voting"])
    st.multiselect(
        "Strategies",
        list(strategies),
        key=state.EXPERIMENT_STRATEGIES,
        format_func=lambda name: strategies[name],
        placeholder="The preset's own",
        persist_state="session",
        help="Each is asked by itself. What the others would have made of the same answers is computed for every configuration anyway.",
    )
    st.multiselect(
        "Executions",
        list(executions),
        key=state.EXPERIMENT_EXECUTIONS,
        format_func=lambda name: executions[name],
        placeholder="The preset's own",
        persist_state="session",
    )
    presets = state.value(state.EXPERIMENT_PRESETS) or ()
    if not presets:
        st.caption("Choose at least one preset.")
    made = []
    for preset, strategy, execution in product(
        presets, state.value(state.EXPERIMENT_STRATEGIES) or ("",), state.value(state.EXPERIMENT_EXECUTIONS) or ("",)
    ):
        name = ", ".join(part for part in (titles[preset], strategies.get(strategy, ""), executions.get(execution, "")) if part)
        made.append(Configuration(name=name, preset=preset, strategy=strategy, execution=execution))
    return tuple({entry.name: entry for entry in made}.values())
