"""Presets: the built-in ones to look at and start from, the user's own to edit, save and remove."""

from __future__ import annotations

from typing import Any

import streamlit as st

from config import settings
from engine.assemble import presets_file
from providers import nesting
from providers import presets as catalogue
from providers.errors import ConfigurationError
from providers.execution import EXECUTIONS
from providers.knobs import KNOBS
from providers.normalisation import NORMALISATIONS
from providers.presets import Preset
from providers.strategies import STRATEGIES
from ui import lineup, state
from ui.text import label, plain, unique
from ui.widgets import calling
from ui.widgets.settings import members

EDITED = "preset_edited"
NAME = "preset_name"
DESCRIPTION = "preset_description"
PRESET_STRATEGY = "preset_strategy"
PRESET_EXECUTION = "preset_execution"
PRESET_NUMBER = "preset_number_"
PRESET_AGGREGATOR = "preset_aggregator"
PRESET_RECORD = "preset_record"
PRESET_ANSWERS = "preset_answers"
PRESET_COMPARED = "preset_compared"
COMPARED = {"lowercase_trim": "Words", "numeric": "Numbers", "boolean": "Yes or no", "json": "JSON"}
"""What the page calls the normalisations."""


def panel() -> None:
    """Show the editor for one preset."""
    known, problem = lineup.catalogue(settings())
    page = state.page()
    with st.container():
        for text in (problem, page.preset_problem):
            if text:
                st.error(label(text, most=600), icon=":material/error:")
        if page.preset_notice:
            st.success(label(page.preset_notice, most=300), icon=":material/check_circle:")
    page.preset_problem = page.preset_notice = ""
    own = _own()
    titles = unique({name: plain(f"{preset.title} (your own)" if name in own else preset.title) for name, preset in known.items()})
    if state.value(EDITED) not in known:
        st.session_state[EDITED] = next(iter(known))
    st.selectbox("Preset", list(known), key=EDITED, format_func=lambda name: titles.get(name, name), persist_state="session")
    chosen = str(state.value(EDITED))
    preset = known[chosen]
    _words(preset)
    _numbers(preset)
    edited = members.editor(preset)
    st.session_state.setdefault(f"{PRESET_RECORD}_{preset.id}", preset.weights == "record")
    st.toggle(
        "Weigh by earlier runs",
        key=f"{PRESET_RECORD}_{preset.id}",
        help="The members' record in the user's earlier runs counts instead of the weights above.",
        persist_state="session",
    )
    with st.container(horizontal=True):
        st.button("Save preset", key="save_preset", type="primary", icon=":material/save:", on_click=_save, args=(chosen, edited))
        st.button(
            "Remove",
            key="remove_preset",
            icon=":material/delete:",
            on_click=_remove,
            args=(chosen,),
            disabled=chosen not in own,
            help=None if chosen in own else "Built-in presets stay. One of your own under the same name goes before it.",
        )
    st.caption(f"Presets made here are kept in {label(str(presets_file(settings())), most=200)}, for everyone who uses this server.")


def _words(preset: Preset) -> None:
    """Show what a preset says of itself, editable; a preset's texts are its own while it is edited."""
    rules, ways = {entry.id: entry for entry in STRATEGIES}, {entry.id: entry for entry in EXECUTIONS}
    keys = {name: f"{name}_{preset.id}" for name in (NAME, DESCRIPTION, PRESET_STRATEGY, PRESET_EXECUTION)}
    for name, value in zip(keys, (preset.id, preset.description, preset.strategy, preset.execution), strict=True):
        st.session_state.setdefault(keys[name], value)
    left, right = st.columns([5, 7], gap="small")
    with left:
        st.text_input(
            "Save as", key=keys[NAME], max_chars=40, help="Small letters, digits, - and _, a letter first.", persist_state="session"
        )
        st.selectbox(
            "Strategy",
            list(rules),
            key=keys[PRESET_STRATEGY],
            format_func=lambda name: rules[name].label,
            help="\n\n".join(f"**{entry.label}**: {entry.rule}" for entry in STRATEGIES),
            persist_state="session",
        )
    with right:
        st.text_input("What it is for", key=keys[DESCRIPTION], max_chars=200, persist_state="session")
        st.selectbox(
            "Execution",
            list(ways),
            key=keys[PRESET_EXECUTION],
            format_func=lambda name: ways[name].label,
            help="\n\n".join(f"**{entry.label}**: {entry.rule}" for entry in EXECUTIONS),
            persist_state="session",
        )


def _numbers(preset: Preset) -> None:
    """Show the numbers that the strategy and the execution of the edited preset go by."""
    strategy, way = (str(state.value(f"{name}_{preset.id}")) for name in (PRESET_STRATEGY, PRESET_EXECUTION))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if "aggregator" in calling.options_of(strategy):
            key = f"{PRESET_AGGREGATOR}_{preset.id}"
            st.session_state.setdefault(key, preset.aggregator)
            st.text_input(
                "Aggregator", key=key, max_chars=220, placeholder="whose answer is best", help="VENDOR/MODEL.", persist_state="session"
            )
        given = {knob.name: getattr(preset, knob.name) for knob in KNOBS}
        calling.numbers(calling.effective(strategy, way), PRESET_NUMBER, most=12, suffix=f"_{preset.id}", given=given)
        keys = {name: f"{name}_{preset.id}" for name in (PRESET_ANSWERS, PRESET_COMPARED)}
        if preset.min_responses is not None:
            st.session_state.setdefault(keys[PRESET_ANSWERS], preset.min_responses)
        st.number_input(
            "Answers needed",
            1,
            12,
            value=None,
            key=keys[PRESET_ANSWERS],
            placeholder="half of the members",
            help="With fewer answers the run fails and says every member's reason.",
            persist_state="session",
        )
        st.session_state.setdefault(keys[PRESET_COMPARED], preset.normalization)
        st.selectbox(
            "Texts compared as",
            list(NORMALISATIONS),
            key=keys[PRESET_COMPARED],
            format_func=lambda name: COMPARED.get(name, name),
            help="When two answers without files are the same. Files are compared by meaning, whatever stands here.",
            persist_state="session",
        )


def _set_numbers(chosen: str) -> dict[str, Any]:
    """Return the numbers that were shown, by name."""
    strategy, way = (str(state.value(f"{name}_{chosen}")) for name in (PRESET_STRATEGY, PRESET_EXECUTION))
    values = {knob.name: state.value(f"{PRESET_NUMBER}{knob.name}_{chosen}") for knob in calling.effective(strategy, way)}
    return {name: value for name, value in values.items() if value is not None}


def _save(chosen: str, edited: list[dict[str, Any]]) -> None:
    """Check the preset as a file's would be checked, then keep it."""
    page = state.page()
    known, _ = lineup.catalogue(settings())
    kept = known.get(chosen)
    name = str(state.value(f"{NAME}_{chosen}") or "").strip()
    data = {
        "label": kept.label if kept is not None and name == chosen else "",
        "description": str(state.value(f"{DESCRIPTION}_{chosen}") or ""),
        "strategy": state.value(f"{PRESET_STRATEGY}_{chosen}"),
        "execution": state.value(f"{PRESET_EXECUTION}_{chosen}"),
        "members": edited,
        "min_responses": state.value(f"{PRESET_ANSWERS}_{chosen}"),
        "normalization": state.value(f"{PRESET_COMPARED}_{chosen}"),
        "weights": "record" if state.value(f"{PRESET_RECORD}_{chosen}") else "members",
    }
    if kept is not None:
        data |= {name: getattr(kept, name) for name in ("aggregator", *(knob.name for knob in KNOBS))}
    shown = calling.effective(str(data["strategy"]), str(data["execution"]))
    data = {name: value for name, value in data.items() if name not in {knob.name for knob in shown}} | _set_numbers(chosen)
    if "aggregator" in calling.options_of(str(data["strategy"])):
        data["aggregator"] = str(state.value(f"{PRESET_AGGREGATOR}_{chosen}") or "").strip()
    if not edited:
        page.preset_problem = "A preset needs at least one member. Add one, then save."
        return
    try:
        saved = catalogue.parse(name, data, "Not saved")
        nesting.check({**known, name: saved})
        catalogue.dump({**_load(), name: saved}, presets_file(settings()))
    except ConfigurationError as problem:
        page.preset_problem = problem.message
        return
    except OSError as problem:
        page.preset_problem = f"The preset could not be written: {problem.strerror}. Check the data folder's permissions."
        return
    page.preset_notice = f"Saved {name}. Choose it in the sidebar."
    _forget_edits(chosen)
    _forget_edits(name)
    st.session_state[EDITED] = name


def _remove(chosen: str) -> None:
    page = state.page()
    try:
        catalogue.dump({name: preset for name, preset in _load().items() if name != chosen}, presets_file(settings()))
    except ConfigurationError as problem:
        page.preset_problem = problem.message
        return
    except OSError as problem:
        page.preset_problem = f"The file of presets could not be written: {problem.strerror}. Check the data folder's permissions."
        return
    back = " The built-in preset of this name is back." if chosen in catalogue.builtin() else ""
    page.preset_notice = f"Removed {chosen}.{back}"
    _forget_edits(chosen)


def _load() -> dict[str, Preset]:
    """Read the file to be changed; one that cannot be read is left as it is."""
    path = presets_file(settings())
    try:
        return catalogue.load(path) if path.exists() else {}
    except ConfigurationError as problem:
        raise ConfigurationError(f"Nothing was saved, since {path} cannot be read. Mend or remove it first.") from problem


def _own() -> dict[str, Preset]:
    try:
        return _load()
    except ConfigurationError:
        return {}


def _forget_edits(chosen: str) -> None:
    """Let the editor show the preset as it is kept."""
    members.forget(chosen)
    for name in (NAME, DESCRIPTION, PRESET_STRATEGY, PRESET_EXECUTION):
        st.session_state.pop(f"{name}_{chosen}", None)
    for name in (PRESET_AGGREGATOR, PRESET_RECORD, PRESET_ANSWERS, PRESET_COMPARED):
        st.session_state.pop(f"{name}_{chosen}", None)
    for knob in KNOBS:
        st.session_state.pop(f"{PRESET_NUMBER}{knob.name}_{chosen}", None)
