"""What the repository should get: the targets, and the options of those that have some."""

from __future__ import annotations

from functools import partial

import streamlit as st

from architect.blueprints import BLUEPRINTS
from architect.request import Target
from engine.generate import TARGETS
from ui import state

FIRST_CHOICE = ("dockerfile", "compose")
"""What is chosen when nothing was chosen yet."""


def targets() -> None:
    """Let the user choose targets, then the options of the chosen ones."""
    st.session_state.setdefault(state.TARGET, [name for name in FIRST_CHOICE if name in TARGETS])
    st.pills(
        "What should this repository get?",
        list(TARGETS),
        key=state.TARGET,
        selection_mode="multi",
        format_func=target_label,
        persist_state="session",
    )
    offered = [(name, option) for name in _names() for option in BLUEPRINTS[name].options]
    if not offered:
        return
    with st.container(horizontal=True, key="target_options", gap="small"):
        for name, option in offered:
            st.selectbox(
                f"{target_label(name)}: {option.label.lower()}",
                list(dict(option.choices)),
                key=_key(name, option.id),
                format_func=partial(_choice_label, name, option.id),
                width=220,
                persist_state="session",
            )


def chosen() -> tuple[Target, ...]:
    """Return the chosen targets with their options."""
    return tuple(
        Target(name, {option.id: str(state.value(_key(name, option.id)) or option.default) for option in BLUEPRINTS[name].options})
        for name in _names()
    )


def target_label(name: str) -> str:
    """Return a target's name for people; an earlier run may have had one that is not offered any more."""
    return BLUEPRINTS[name].label if name in BLUEPRINTS else name.capitalize()


def _choice_label(name: str, option_id: str, choice: str) -> str:
    return next(dict(option.choices)[choice] for option in BLUEPRINTS[name].options if option.id == option_id)


def _names() -> list[str]:
    return [name for name in TARGETS if name in (state.value(state.TARGET) or ())]


def _key(name: str, option: str) -> str:
    return f"{state.TARGET}_{name}_{option}"
