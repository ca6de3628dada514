"""Keys and addresses of this browser session, and what each vendor offers now.

A key that was typed is never put back into a widget: the page says that one is set, and can forget it (SECURITY 3).
"""

from __future__ import annotations

import streamlit as st

from config import settings
from providers import vendors
from providers.errors import ConfigurationError
from providers.vendor import Availability, Field, VendorSpec
from ui import folds, state
from ui.text import count, label
from ui.widgets import dictating
from ui.widgets.settings import asking_models


def panel() -> None:
    """Show each vendor with its state, its values for this session, and its live model list."""
    st.caption(
        "What you type here stays in memory for this page alone, is sent to that vendor only, and is gone a few minutes after the page "
        "is closed. To set a vendor up for everyone, put its variables into the environment or .env."
    )
    dictating.account()
    with st.container():
        asking_models.progress()
    for spec, told in zip(vendors.VENDORS, vendors.availability(settings(), state.page().keys), strict=True):
        if not spec.built_in:
            _vendor(spec, told)


def _vendor(spec: VendorSpec, told: Availability) -> None:
    page = state.page()
    typed = page.keys.get(spec.id, {})
    mark = ":green-badge[ready]" if told.ready else ":gray-badge[not set up]"
    if typed:
        mark += " :blue-badge[this page]"
    name = _fold(spec)
    with st.expander(f"{label(spec.label)} {mark}", key=name, on_change="rerun") as fold:
        if folds.drawn(fold, name):
            _values(spec, told, typed)


def _values(spec: VendorSpec, told: Availability, typed: dict[str, str]) -> None:
    page = state.page()
    st.caption(label(told.sentence, most=400))
    with st.form(f"keys_{spec.id}", clear_on_submit=True, border=False):
        entries = [entry for entry in spec.fields if not entry.server_only]
        for entry, column in zip(entries, st.columns(len(entries), vertical_alignment="bottom"), strict=True):
            with column:
                _field(spec, entry, typed)
        with st.container(horizontal=True):
            st.form_submit_button("Use for this page", type="primary", on_click=_use, args=(spec,), key=f"use_{spec.id}")
            st.form_submit_button("Forget", on_click=_forget, args=(spec,), disabled=not typed, key=f"forget_{spec.id}")
    asking_models.button(spec, ready=told.ready)
    if spec.id in page.vendor_problems:
        st.error(label(page.vendor_problems[spec.id], most=400), icon=":material/error:")
    models = page.models.get(spec.id)
    if models is not None:
        st.caption(f"{count(len(models), 'model')} offered now. Add one to a preset on the Presets tab.")
        st.dataframe(
            [{"model": name} for name in models],
            hide_index=True,
            height=220 if len(models) > 6 else "content",
            alt=f"Models {spec.label} offers",
        )


def _field(spec: VendorSpec, entry: Field, typed: dict[str, str]) -> None:
    st.text_input(
        entry.label[:1].upper() + entry.label[1:],
        key=_key(spec, entry.name),
        type="password" if entry.secret else "default",
        placeholder=_placeholder(spec, entry, typed),
        help=f"{entry.variable} sets it for everyone." if entry.variable else None,
        autocomplete="off",
        max_chars=4_000,
    )


def _placeholder(spec: VendorSpec, entry: Field, typed: dict[str, str]) -> str:
    """Say what holds while the field is empty; of a secret only that there is one, and whose."""
    if entry.name in typed:
        return "set for this page" if entry.secret else f"{typed[entry.name]} (set for this page)"
    try:
        held = spec.connection(typed, settings())[entry.name]
    except ConfigurationError:
        held = ""
    if entry.secret:
        return "set on the server" if held else "not set"
    return held or entry.default or "not set"


def _use(spec: VendorSpec) -> None:
    """Take what was typed; the form clears its fields in the browser by itself."""
    page = state.page()
    st.session_state[_fold(spec)] = True  # its heading says something else from now on, and another heading is another fold
    typed = {entry.name: str(state.value(_key(spec, entry.name)) or "").strip() for entry in spec.fields if not entry.server_only}
    _keep(page, spec, {name: text for name, text in typed.items() if text})


def _keep(page: state.PageState, spec: VendorSpec, given: dict[str, str]) -> None:
    """Add values to those that are set; what cannot work is refused with its reason and nothing is kept."""
    page.vendor_problems.pop(spec.id, None)
    if not given:
        page.vendor_problems[spec.id] = "Nothing was typed. Enter a key or an address, then press Use for this page."
        return
    values = page.keys.get(spec.id, {}) | given
    try:
        spec.connection(values, settings())
    except ConfigurationError as problem:
        secret = any(entry.secret and entry.name in given for entry in spec.fields)
        again = " Enter the key again too: what was typed is never put back into its field." if secret else ""
        page.vendor_problems[spec.id] = f"{problem.message} Nothing was taken.{again}"
        return
    page.keys[spec.id] = values
    asking_models.forget(spec)


def _forget(spec: VendorSpec) -> None:
    page = state.page()
    st.session_state[_fold(spec)] = True
    asking_models.forget(spec)
    page.keys.pop(spec.id, None)
    page.vendor_problems.pop(spec.id, None)


def _fold(spec: VendorSpec) -> str:
    return f"vendor_{spec.id}"


def _key(spec: VendorSpec, name: str) -> str:
    return f"vendor_{spec.id}_{name}"
