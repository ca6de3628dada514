"""Presets: the built-in ones to look at and start from, the user's own to edit, save and remove."""

from __future__ import annotations

from typing import Any

import streamlit as st

from config import settings
from engine.assemble import presets_file
from providers import presets as catalogue
from providers import vendors
from providers.errors import ConfigurationError
from providers.execution import EXECUTIONS
from providers.presets import Preset
from providers.strategies import STRATEGIES
from ui import lineup, state
from ui.text import label

EDITED = "preset_edited"
NAME = "preset_name"
DESCRIPTION = "preset_description"
PRESET_STRATEGY = "preset_strategy"
PRESET_EXECUTION = "preset_execution"
MEMBERS_TABLE = "preset_members_table"


def panel() -> None:
    """Show the editor for one preset."""
    known, problem = lineup.catalogue(settings())
    page = state.page()
    for text in (problem, page.preset_problem):
        if text:
            st.error(label(text, most=600), icon=":material/error:")
    if page.preset_notice:
        st.success(label(page.preset_notice, most=300), icon=":material/check_circle:")
    page.preset_problem = page.preset_notice = ""
    own = _own()
    chosen = st.selectbox(
        "Start from",
        list(known),
        key=EDITED,
        format_func=lambda name: f"{known[name].title}{' (your own)' if name in own else ''}",
        on_change=_forget_edits,
    )
    preset = known[chosen]
    left, right = st.columns(2, gap="small")
    with left:
        st.text_input("Save as", value=preset.id, key=f"{NAME}_{chosen}", max_chars=40, help="Small letters, digits, - and _.")
        ids = [entry.id for entry in STRATEGIES]
        st.selectbox("Strategy", ids, index=ids.index(preset.strategy), key=f"{PRESET_STRATEGY}_{chosen}", format_func=_strategy_name)
    with right:
        st.text_input("What it is for", value=preset.description, key=f"{DESCRIPTION}_{chosen}", max_chars=200)
        ways = [entry.id for entry in EXECUTIONS]
        st.selectbox("Execution", ways, index=ways.index(preset.execution), key=f"{PRESET_EXECUTION}_{chosen}")
    st.markdown("**Members**")
    edited = st.data_editor(
        [_row(member) for member in preset.members],
        key=f"{MEMBERS_TABLE}_{chosen}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "vendor": st.column_config.SelectboxColumn("vendor", options=[spec.id for spec in vendors.VENDORS], required=True),
            "model": st.column_config.TextColumn("model", help="Empty takes the vendor's default."),
            "weight": st.column_config.NumberColumn("weight", min_value=0.0, step=0.1, format="%.1f"),
            "temperature": st.column_config.NumberColumn("temperature", min_value=0.0, max_value=2.0, step=0.1),
            "max tokens": st.column_config.NumberColumn("max tokens", min_value=1, step=256),
        },
    )
    with st.container(horizontal=True):
        st.button("Save preset", key="save_preset", type="primary", icon=":material/save:", on_click=_save, args=(chosen, edited))
        st.button("Remove", key="remove_preset", icon=":material/delete:", on_click=_remove, args=(chosen,), disabled=chosen not in own)
    st.caption(f"Your presets are kept in {label(str(presets_file(settings())), most=200)}; the file may be edited by hand.")


def _row(member: catalogue.PresetMember) -> dict[str, Any]:
    return {
        "vendor": member.vendor,
        "model": member.model,
        "label": member.label,
        "weight": member.weight,
        "temperature": member.temperature,
        "max tokens": member.max_tokens,
    }


def _save(chosen: str, edited: Any) -> None:
    """Check the preset as a file's would be checked, then keep it."""
    page = state.page()
    name = str(state.value(f"{NAME}_{chosen}") or "").strip()
    known, _ = lineup.catalogue(settings())
    kept = known.get(chosen)
    data = {
        "label": kept.label if kept is not None and name == chosen else "",
        "description": str(state.value(f"{DESCRIPTION}_{chosen}") or ""),
        "strategy": state.value(f"{PRESET_STRATEGY}_{chosen}"),
        "execution": state.value(f"{PRESET_EXECUTION}_{chosen}"),
        "members": [_member(row) for row in edited],
    }
    if kept is not None:
        data |= {"min_responses": kept.min_responses, "consensus_threshold": kept.consensus_threshold, "min_consensus": kept.min_consensus}
    try:
        own = _own()
        own[name] = catalogue.parse(name, data, "This preset")
        catalogue.dump(own, presets_file(settings()))
    except ConfigurationError as problem:
        page.preset_problem = problem.message
    except OSError as problem:
        page.preset_problem = f"The preset could not be written: {problem.strerror}. Check the data folder's permissions."
    else:
        page.preset_notice = f"Saved {name}. Choose it in the sidebar."


def _remove(chosen: str) -> None:
    page = state.page()
    try:
        own = _own()
        own.pop(chosen, None)
        catalogue.dump(own, presets_file(settings()))
    except (ConfigurationError, OSError) as problem:
        page.preset_problem = str(problem)
    else:
        page.preset_notice = f"Removed {chosen}."
        st.session_state.pop(EDITED, None)


def _member(row: dict[str, Any]) -> dict[str, Any]:
    """Return a table's row as a preset's member; an empty cell is left out."""
    names = {"max tokens": "max_tokens"}
    member = {names.get(key, key): value for key, value in row.items() if value is not None and value != ""}
    if "weight" in member:
        member["weight"] = float(member["weight"])
    if "temperature" in member:
        member["temperature"] = float(member["temperature"])
    if "max_tokens" in member:
        member["max_tokens"] = int(member["max_tokens"])
    return member


def _own() -> dict[str, Preset]:
    path = presets_file(settings())
    try:
        return catalogue.load(path) if path.exists() else {}
    except ConfigurationError:
        return {}


def _strategy_name(strategy_id: str) -> str:
    return next((entry.label for entry in STRATEGIES if entry.id == strategy_id), strategy_id)


def _forget_edits() -> None:
    for key in [key for key in st.session_state if str(key).startswith((MEMBERS_TABLE, NAME, DESCRIPTION))]:
        del st.session_state[key]
