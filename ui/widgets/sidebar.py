"""The sidebar: where we are, who answers, and how."""

from __future__ import annotations

import streamlit as st

from config import settings
from engine.assemble import MOST_TOKENS, Tuning, resolve
from engine.refining.limits import MAX_ITERATIONS, MOST_ITERATIONS
from providers import vendors
from providers.execution.cache import Reuse
from providers.presets import Preset, PresetMember, Resolved
from providers.strategies import STRATEGIES
from ui import lineup, state
from ui.text import label, plain, unique
from ui.widgets import calling, occasion, spending, together, trusting

_MARKS = {
    "ready": ":green[:material/check_circle:]",
    "stands in": ":blue[:material/architecture:]",
    "no key": ":gray[:material/key_off:]",
    "not set up": ":gray[:material/power_off:]",
}


def sidebar() -> None:
    """Show it, on every page."""
    with st.sidebar:
        st.markdown("### Omni-Architect")
        _workspace()
        chosen, resolved = _preset()
        _members(resolved)
        _advanced(chosen, resolved)
        together.chip()


def tuning() -> Tuning:
    """Return what the sidebar changes about the preset."""
    found = resolved()
    chosen = found.preset
    own = tuple(float(member.weight) for member in found.members)
    weights = tuple(float(state.value(_weight(chosen, place), weight)) for place, weight in enumerate(own))
    return Tuning(
        ensemble=bool(state.value(state.ENSEMBLE_MODE, settings().ensemble_enabled)),
        strategy=state.value(state.STRATEGY) or chosen.strategy,
        execution=calling.chosen(chosen),
        numbers=calling.tuned(state.value(state.STRATEGY) or chosen.strategy, calling.chosen(chosen)),
        aggregator=state.value(state.AGGREGATOR),
        temperature=state.value(state.TEMPERATURE),
        max_tokens=state.value(state.MAX_TOKENS),
        timeout=state.value(state.TIMEOUT),
        weights=weights if weights != own else None,
        record=_by_record(chosen),
        single=int(state.value(state.SINGLE) or 0),
        repair=bool(state.value(state.AUTO_REPAIR)),
        repair_rounds=state.value(state.REPAIR_ROUNDS),
        needs=occasion.needs(),
        owner=state.browser(),
        reuse=Reuse(state.value(state.REUSE)) if state.value(state.REUSE) else None,
        budget_run=state.value(state.BUDGET_RUN),
        budget_day=state.value(state.BUDGET_DAY),
    )


def resolved() -> Resolved:
    """Return who of the chosen preset can answer now."""
    presets, _ = lineup.catalogue(settings())
    return resolve(_chosen(presets), settings(), state.page().keys)


def _workspace() -> None:
    workspace = state.page().workspace
    with st.container(key="workspace_chip", border=True, gap=None):
        if workspace is None:
            st.markdown(":gray[:material/folder_off:] No workspace open")
        else:
            st.markdown(f":material/folder: **{label(workspace.name, most=40)}**", help=label(workspace.location, most=300))
            trusting.chip(workspace)


def _preset() -> tuple[Preset, Resolved]:
    presets, problem = lineup.catalogue(settings())
    ids = list(presets)
    if state.value(state.PRESET) not in ids:
        st.session_state[state.PRESET] = _chosen(presets).id
        _take_over(presets[st.session_state[state.PRESET]])
    titles = unique({name: preset.title for name, preset in presets.items()})
    st.radio(
        "Preset",
        ids,
        key=state.PRESET,
        format_func=lambda name: label(titles.get(str(name), ""), most=60),
        captions=[label(presets[name].description, most=120) for name in ids],
        on_change=_changed,
        persist_state="session",
    )
    if problem:
        st.error(label(problem, most=400), icon=":material/error:")
    chosen = _chosen(presets)
    return chosen, resolve(chosen, settings(), state.page().keys)


def _members(resolved: Resolved) -> None:
    everyone = (*resolved.members, *(entry.member for entry in resolved.left_out))
    why = {entry.member: entry.sentence for entry in resolved.left_out}
    with st.container(key="preset_members", gap=None):
        for member in everyone:
            word = lineup.state_word(member, resolved)
            help_text = label(why[member], most=400) if member in why else None
            st.caption(f"{_MARKS[word]} {label(_short(member), most=34)} · {word}", help=help_text)
    if resolved.stands_in:
        st.caption("No vendor is set up: the built-in architect stands in with three styles. Keys go on the Settings page.")


def _short(member: PresetMember) -> str:
    """Name a member in the sidebar's width: the vendor without its bracket, the model without its publisher."""
    spec = vendors.find(member.vendor)
    if member.label:
        return member.label
    return f"{spec.label.partition(' (')[0]} {(member.model or spec.default_model).rpartition('/')[2]}"


def _advanced(chosen: Preset, resolved: Resolved) -> None:
    """Show the fold, and what is in it once it is open: a browser spends more on twenty folded controls than on most pages."""
    _settle(chosen, resolved)
    record = state.page()
    st.session_state.setdefault(state.ADVANCED, record.advanced)  # a change of page forgets what is open
    with st.expander("Advanced parameters", icon=":material/tune:", key=state.ADVANCED, on_change="rerun") as fold:
        record.advanced = bool(fold.open)
        if fold.open:
            _parameters(chosen, resolved)


def _settle(chosen: Preset, resolved: Resolved) -> None:
    """Give what has no value yet its value, and what no longer fits one that does, whether the controls are shown or not."""
    config = settings()
    st.session_state.setdefault(state.ENSEMBLE_MODE, config.ensemble_enabled)
    st.session_state.setdefault(state.TIMEOUT, int(config.ensemble_timeout))
    st.session_state.setdefault(state.REUSE, config.answer_cache)
    if state.value(state.ENSEMBLE_MODE):
        st.session_state.setdefault(state.BY_RECORD, _by_record(chosen))
    elif state.value(state.SINGLE) not in range(len(resolved.members)):
        st.session_state[state.SINGLE] = 0
    calling.settle(chosen)


def _parameters(chosen: Preset, resolved: Resolved) -> None:
    occasion.occasion()
    together = st.toggle(
        "Ensemble mode",
        key=state.ENSEMBLE_MODE,
        persist_state="session",
        help="Off: one member alone answers.",
    )
    if not together:
        places = list(range(len(resolved.members)))
        names = unique({place: plain(member.title, 60) for place, member in enumerate(resolved.members)})
        st.selectbox(
            "Member",
            places,
            key=state.SINGLE,
            format_func=lambda place: names.get(place, ""),
            persist_state="session",
        )
    rules = {entry.id: entry for entry in STRATEGIES}
    st.selectbox(
        "Strategy",
        list(rules),
        key=state.STRATEGY,
        format_func=lambda name: rules[name].label,
        help="\n\n".join(f"**{entry.label}**: {entry.rule}" for entry in STRATEGIES),
        disabled=not together,
        persist_state="session",
    )
    calling.execution(chosen, disabled=not together)
    if together and len(resolved.members) > 1:
        calling.parameters(str(state.value(state.STRATEGY)), calling.chosen(chosen), resolved.members)
    st.toggle(
        "Repair automatically",
        key=state.AUTO_REPAIR,
        help="What the validators find in the verdict is repaired before it is shown, by a ready member and by the architect. "
        "Only what improves the result is kept; calls to a member cost what they cost.",
        persist_state="session",
    )
    st.number_input(
        "Rounds of repair",
        1,
        MOST_ITERATIONS,
        value=None,
        key=state.REPAIR_ROUNDS,
        placeholder=str(MAX_ITERATIONS),
        help="How often at most what is left is repaired again, also on the Review page. A round that improves nothing is the last.",
        persist_state="session",
    )
    left, right = st.columns(2)
    left.number_input(
        "Temperature",
        0.0,
        2.0,
        value=None,
        step=0.1,
        format="%.1f",
        key=state.TEMPERATURE,
        placeholder="vendor's",
        persist_state="session",
    )
    right.number_input(
        "Max tokens", 64, MOST_TOKENS, value=None, step=512, key=state.MAX_TOKENS, placeholder="own", persist_state="session"
    )
    st.number_input("Timeout, seconds", 1, 3600, step=10, key=state.TIMEOUT, help="One run never takes longer.", persist_state="session")
    spending.parameters()
    if together and len(resolved.members) > 1:
        st.toggle(
            "Weigh by earlier runs",
            key=state.BY_RECORD,
            help="Members whose answers passed the validators more often in your earlier runs go first where answers are equally "
            "good, and count more in the weighted vote. *Earlier runs* on the Review page shows the record.",
            persist_state="session",
        )
        if _by_record(chosen):
            return
        st.caption("Weights: whose word counts how much, in ties and in the weighted vote")
        for place, member in enumerate(resolved.members):
            key = _weight(chosen, place)
            st.session_state.setdefault(key, float(member.weight))
            st.number_input(label(member.title, most=40), 0.0, 100.0, step=0.1, format="%.1f", key=key, persist_state="session")


def _chosen(presets: dict[str, Preset]) -> Preset:
    wanted = state.value(state.PRESET) or settings().ensemble_default_preset
    return presets.get(wanted) or next(iter(presets.values()))


def _changed() -> None:
    presets, _ = lineup.catalogue(settings())
    _take_over(_chosen(presets))


def _take_over(preset: Preset) -> None:
    """A preset brings its own strategy and execution; what the user sets afterwards holds until the next preset."""
    st.session_state[state.STRATEGY] = preset.strategy
    st.session_state[state.BY_RECORD] = preset.weights == "record"
    calling.take_over(preset)


def _by_record(preset: Preset) -> bool:
    """Tell whether earlier runs weigh the members: as it was set, else as the preset says."""
    held = state.value(state.BY_RECORD)
    return preset.weights == "record" if held is None else bool(held)


def _weight(preset: Preset, place: int) -> str:
    return f"{state.WEIGHT}{preset.id}_{place}"
