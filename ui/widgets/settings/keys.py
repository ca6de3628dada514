"""Keys and addresses of this browser session, and what each vendor offers now.

A key that was typed is never put back into a widget: the page says that one is set, and can forget it (SECURITY 3).
"""

from __future__ import annotations

import streamlit as st

from config import settings
from providers import vendors
from providers.errors import ConfigurationError, ProviderError
from providers.vendor import Availability, VendorSpec
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import count, label

ASKING_S = 12.0


def panel() -> None:
    """Show each vendor with its state, its values for this session, and its live model list."""
    st.caption(
        "What you type here is kept in this process's memory for this browser session alone, sent to that vendor only, and gone when "
        "the page is closed. For every session, set the variables in the environment or in .env instead."
    )
    for spec, told in zip(vendors.VENDORS, vendors.availability(settings(), state.page().keys), strict=True):
        if spec.built_in:
            continue
        _vendor(spec, told)


def _vendor(spec: VendorSpec, told: Availability) -> None:
    mark = ":green-badge[ready]" if told.ready else ":gray-badge[not set up]"
    with st.expander(f"{label(spec.label)} {mark}", expanded=False):
        st.caption(label(told.sentence, most=400))
        typed = state.page().keys.get(spec.id, {})
        with st.form(f"keys_{spec.id}", clear_on_submit=True, border=False):
            for entry in spec.fields:
                if entry.server_only:
                    continue
                kept = entry.name in typed
                st.text_input(
                    entry.label,
                    key=_key(spec, entry.name),
                    type="password" if entry.secret else "default",
                    placeholder=_placeholder(kept, entry.secret, typed.get(entry.name, ""), entry.default),
                    help=f"Or set {entry.variable} for every session.",
                    autocomplete="off",
                    max_chars=4_000,
                )
            with st.container(horizontal=True):
                st.form_submit_button("Use for this session", type="primary", on_click=_use, args=(spec,), key=f"use_{spec.id}")
                st.form_submit_button("Forget", on_click=_forget, args=(spec,), disabled=not typed, key=f"forget_{spec.id}")
        st.button(
            "Ask for its models", key=f"models_{spec.id}", icon=":material/list:", on_click=_ask, args=(spec,), disabled=not told.ready
        )
        _note(spec)


def _note(spec: VendorSpec) -> None:
    page = state.page()
    if spec.id in page.vendor_problems:
        st.error(label(page.vendor_problems[spec.id], most=400), icon=":material/error:")
    models = page.models.get(spec.id)
    if models is not None:
        st.caption(f"{count(len(models), 'model')} offered now. Put one into a preset on the Presets tab.")
        st.dataframe([{"model": name} for name in models], hide_index=True, height=220, alt=f"Models {spec.label} offers")


def _placeholder(kept: bool, secret: bool, value: str, default: str) -> str:
    if kept:
        return "set for this session" if secret else f"{value} (set for this session)"
    return default or "not set"


def _use(spec: VendorSpec) -> None:
    """Take what was typed; an empty field keeps what it held. What cannot work is refused with its reason and nothing is kept."""
    page = state.page()
    values = dict(page.keys.get(spec.id, {}))
    for entry in spec.fields:
        typed = str(st.session_state.get(_key(spec, entry.name)) or "").strip()
        if typed and not entry.server_only:
            values[entry.name] = typed
    page.vendor_problems.pop(spec.id, None)
    page.models.pop(spec.id, None)
    if not values:
        page.vendor_problems[spec.id] = "Nothing was typed. Enter a key or an address, then press Use for this session."
        return
    try:
        spec.connection(values, settings())
    except ConfigurationError as problem:
        page.vendor_problems[spec.id] = problem.message
        return
    page.keys[spec.id] = values


def _forget(spec: VendorSpec) -> None:
    page = state.page()
    for kept in (page.keys, page.models, page.vendor_problems):
        kept.pop(spec.id, None)


def _ask(spec: VendorSpec) -> None:
    """Fetch the live model list."""
    page = state.page()
    page.vendor_problems.pop(spec.id, None)
    page.models.pop(spec.id, None)
    try:
        page.models[spec.id] = BRIDGE.call(_models(spec, dict(page.keys.get(spec.id, {}))), ASKING_S)
    except ProviderError as problem:
        page.vendor_problems[spec.id] = f"{problem.message} {problem.advice}".strip()
    except (ConfigurationError, BridgeBusyError) as problem:
        page.vendor_problems[spec.id] = str(problem)
    except TimeoutError:
        page.vendor_problems[spec.id] = f"{spec.label} did not answer within {ASKING_S:.0f} s. Check the address and the network."


async def _models(spec: VendorSpec, config: dict[str, str]) -> tuple[str, ...]:
    provider = vendors.make(spec.id, config=config, settings=settings())
    try:
        return tuple(sorted(await provider.models()))
    finally:
        await provider.aclose()


def _key(spec: VendorSpec, name: str) -> str:
    return f"vendor_{spec.id}_{name}"
