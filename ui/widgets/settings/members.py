"""A preset's members as an editable table, and adding one from what a vendor offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from config import settings
from providers import vendors
from providers.presets import Preset, PresetMember
from providers.routing import Capability
from ui import lineup, state
from ui.text import plain

if TYPE_CHECKING:
    import pandas

TABLE = "preset_members_table"
NEW_VENDOR = "new_member_vendor"
NEW_MODEL = "new_member_model"
COLUMNS = {
    "vendor": "object",
    "model": "object",
    "label": "object",
    "weight": "float64",
    "temperature": "float64",
    "max_tokens": "Int64",
    "capabilities": "object",
    "priority": "Int64",
    "cost": "float64",
    "fallback": "object",
}


def editor(preset: Preset) -> list[dict[str, Any]]:
    """Show the members of a preset and return them as edited, in the form a file holds them."""
    drafts = state.page().preset_drafts
    key = _key(preset.id)
    if key not in st.session_state:  # a first visit, or back from another page: start from the draft, if there is one
        drafts[f"shown {preset.id}"] = drafts.get(preset.id) or [row(member) for member in preset.members]
    st.markdown("**Members**")
    table: pandas.DataFrame = st.data_editor(
        _frame(drafts[f"shown {preset.id}"]),
        key=key,
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        column_config={
            "vendor": st.column_config.SelectboxColumn(
                "vendor", options=[*(spec.id for spec in vendors.VENDORS), vendors.ENSEMBLE.id], required=True
            ),
            "model": st.column_config.TextColumn(
                "model",
                help="Empty takes the vendor's default. For ensemble, the id of the preset that is the member.",
                width="medium",
                max_chars=200,
            ),
            "label": st.column_config.TextColumn("label", help="What the pages call this member.", max_chars=80),
            "weight": st.column_config.NumberColumn("weight", min_value=0.0, step=0.1, format="%.1f"),
            "temperature": st.column_config.NumberColumn("temperature", min_value=0.0, max_value=2.0, step=0.1),
            "max_tokens": st.column_config.NumberColumn("max tokens", min_value=1, step=1),
            "capabilities": st.column_config.TextColumn(
                "good at", help=f"Empty takes what the model is known for. Any of {', '.join(Capability)}, with commas.", max_chars=120
            ),
            "priority": st.column_config.NumberColumn(
                "priority", help="A lower number is asked earlier.", min_value=0, max_value=1_000, step=1
            ),
            "cost": st.column_config.NumberColumn("cost", help="Dollars per million tokens, where the list has none.", min_value=0.0),
            "fallback": st.column_config.TextColumn(
                "fallback",
                help="VENDOR/MODEL that takes this member's place when it fails, for example ollama/llama3.1; or by the kind of failure: "
                "ContextTooLong=gemini/gemini-2.5-pro, *=ollama.",
                max_chars=600,
            ),
        },
        alt="Members of this preset",
    )
    rows = [entry for entry in map(_member, table.to_dict("records")) if entry]
    drafts[preset.id] = rows
    _adding(preset.id, rows)
    return rows


def row(member: PresetMember) -> dict[str, Any]:
    """Return a member as a row; what is not set is left out."""
    known = {name: value for name in COLUMNS if (value := getattr(member, name)) not in (None, "")}
    return known | ({"capabilities": ", ".join(known["capabilities"])} if "capabilities" in known else {})


def forget(preset_id: str) -> None:
    """Drop what was edited and not saved."""
    page = state.page()
    page.preset_drafts.pop(preset_id, None)
    page.preset_edition += 1


def _adding(preset_id: str, rows: list[dict[str, Any]]) -> None:
    """Offer to add a member: a vendor, and one of its models or any name; or an ensemble, which is another preset."""
    offered = {spec.id: state.page().models.get(spec.id) or spec.suggested_models for spec in vendors.VENDORS}
    known, _ = lineup.catalogue(settings())
    offered[vendors.ENSEMBLE.id] = tuple(known)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Add a member",
            list(offered),
            key=NEW_VENDOR,
            format_func=lambda vendor: plain(vendors.find(vendor).label),
            persist_state="session",
        )
        vendor = str(state.value(NEW_VENDOR))
        model = st.selectbox(
            "Model",
            offered[vendor],
            key=f"{NEW_MODEL}_{vendor}",
            index=None,
            placeholder=f"default: {default}" if (default := vendors.find(vendor).default_model) else "a preset",
            accept_new_options=True,
            help="Any name may be typed. The Vendors and keys tab lists what a vendor offers now.",
        )
        st.button("Add", key="add_member", icon=":material/add:", on_click=_add, args=(preset_id, rows, vendor, model or ""))


def _add(preset_id: str, rows: list[dict[str, Any]], vendor: str, model: str) -> None:
    page = state.page()
    page.preset_drafts[preset_id] = [*rows, {"vendor": vendor, "weight": 1.0} | ({"model": model} if model else {})]
    page.preset_edition += 1  # another table, which starts from the draft


def _key(preset_id: str) -> str:
    return f"{TABLE}_{preset_id}_{state.page().preset_edition}"


def _frame(rows: list[dict[str, Any]]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame({name: pandas.Series([_cell(entry.get(name)) for entry in rows], dtype=kind) for name, kind in COLUMNS.items()})


def _cell(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value


def _member(entry: dict[Any, Any]) -> dict[str, Any]:
    """Return a table's row as a file holds it: empty cells left out, whole numbers whole. An empty row gives nothing."""
    import pandas

    known = {str(name): value for name, value in entry.items() if not pandas.isna(value) and value not in ("", "None", "nan")}
    for name in ("weight", "temperature", "cost"):
        if name in known:
            known[name] = float(known[name])
    for name in ("max_tokens", "priority"):
        if name in known:
            known[name] = int(known[name])
    if isinstance(known.get("capabilities"), str):
        known["capabilities"] = [part.strip() for part in known["capabilities"].split(",") if part.strip()]
    return known if set(known) - {"weight"} else {}
