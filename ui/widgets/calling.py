"""When members are called, and the numbers that go with a strategy and an execution: drawn from their tables, only what has an effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from providers.execution import EXECUTIONS
from providers.knobs import KNOBS, Knob
from providers.presets import Preset, PresetMember
from providers.schedule import Execution
from providers.strategies import STRATEGIES
from ui import state
from ui.text import plain, unique

BEST = ""
"""The aggregator that nobody named: whoever gave the best answer."""


def execution(preset: Preset, *, disabled: bool) -> None:
    """Show the switch between several calls at a time and one after the other, and the ways there are to do either."""
    st.toggle(
        "Async mode",
        key=state.ASYNC_MODE,
        help="On: several members are called at a time. Off: one after the other, which costs less when the first ones are enough.",
        disabled=disabled,
        persist_state="session",
    )
    ways = {entry.id: entry for entry in _ways(preset)}
    st.selectbox(
        "Execution",
        list(ways),
        key=state.EXECUTION,
        format_func=lambda name: ways[name].label if name in ways else "",
        help="\n\n".join(f"**{entry.label}**: {entry.rule}" for entry in ways.values()),
        disabled=disabled,
        persist_state="session",
    )


def settle(preset: Preset) -> None:
    """Give the execution a value that the switch allows."""
    fitting = chosen(preset)
    if state.value(state.EXECUTION) != fitting:
        st.session_state[state.EXECUTION] = fitting


def chosen(preset: Preset) -> str:
    """Return the execution that is set; the first of its kind where the switch was moved."""
    ways = [entry.id for entry in _ways(preset)]
    wanted = state.value(state.EXECUTION)
    return str(wanted) if wanted in ways else preset.execution if wanted is None and preset.execution in ways else ways[0]


def take_over(preset: Preset) -> None:
    """Set everything as the preset has it."""
    st.session_state[state.ASYNC_MODE] = _by_id(preset.execution).at_once
    st.session_state[state.EXECUTION] = preset.execution
    st.session_state[state.AGGREGATOR] = preset.aggregator
    for knob in KNOBS:
        st.session_state[f"{state.KNOB}{knob.name}"] = getattr(preset, knob.name)


def parameters(strategy: str, way: str, members: tuple[PresetMember, ...]) -> None:
    """Show the numbers that this strategy and this execution go by, and who merges where somebody does."""
    if "aggregator" in options_of(strategy):
        _aggregator(members)
    numbers(effective(strategy, way), state.KNOB, most=len(members))


def tuned(strategy: str, way: str) -> dict[str, Any]:
    """Return the numbers that are set and have an effect, by name."""
    return {knob.name: state.value(f"{state.KNOB}{knob.name}") for knob in effective(strategy, way)}


def numbers(knobs: tuple[Knob, ...], prefix: str, *, most: int, suffix: str = "", given: Mapping[str, Any] | None = None) -> None:
    """Show a field for each; `given` are the values they begin with."""
    for knob in knobs:
        key = f"{prefix}{knob.name}{suffix}"
        begin = (given or {}).get(knob.name, knob.default)
        if begin is not None:
            st.session_state.setdefault(key, begin)
        high = min(knob.high, max(1, most)) if knob.name in ("quorum", "max_hedges") else knob.high
        kind = int if knob.whole else float
        held = state.value(key)
        if held is not None:
            st.session_state[key] = kind(min(held, high))
        st.number_input(
            knob.label,
            kind(knob.low if not knob.open_low else knob.step),
            kind(high),
            value=None,
            step=kind(knob.step),
            format="%d" if knob.whole or knob.step >= 1 else "%.2f",
            key=key,
            placeholder=knob.unset or None,
            help=knob.help,
            persist_state="session",
        )


def effective(strategy: str, way: str) -> tuple[Knob, ...]:
    """Return the numbers that have an effect with this strategy and this execution."""
    names = (*options_of(strategy), *_by_id(way).options)
    return tuple(knob for knob in KNOBS if knob.name in names)


def options_of(strategy: str) -> tuple[str, ...]:
    """Return the names of the options that a strategy goes by."""
    return next((entry.options for entry in STRATEGIES if entry.id == strategy), ())


def _aggregator(members: tuple[PresetMember, ...]) -> None:
    able = {f"{member.vendor}/{member.model}".rstrip("/"): plain(member.title, 60) for member in members if member.vendor != "architect"}
    named = str(state.value(state.AGGREGATOR) or BEST)
    names = {BEST: "Whose answer is best", **({named: plain(named, 60)} if named and named not in able else {}), **unique(able)}
    if not able and named == BEST:
        st.caption("The built-in architect cannot merge texts: without another member the best answer is returned.")
        return
    st.session_state.setdefault(state.AGGREGATOR, BEST)
    st.selectbox(
        "Aggregator",
        list(names),
        key=state.AGGREGATOR,
        format_func=lambda name: names.get(str(name), ""),
        help="The member that merges the answers. It is one more call, which is paid like the others.",
        persist_state="session",
    )


def _ways(preset: Preset) -> tuple[Execution, ...]:
    at_once = bool(state.value(state.ASYNC_MODE, _by_id(preset.execution).at_once))
    return tuple(entry for entry in EXECUTIONS if entry.at_once is at_once)


def _by_id(name: str) -> Execution:
    return next((entry for entry in EXECUTIONS if entry.id == name), EXECUTIONS[0])
