"""What is asked: targets, the user's own words, what it will cost, the exact prompt, and the button."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from artifacts.records import Artifact
from config import settings
from engine.assemble import assemble
from engine.generate import NothingToGenerate, Prepared, prepare
from providers import pricing
from providers.ensemble import EnsembleProvider
from providers.errors import ConfigurationError
from providers.pictures import note
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import count, label, money
from ui.widgets import masking, running, sidebar, targets
from ui.widgets.together import is_viewer
from ui.widgets.verdict import prompt_account
from workspace.errors import WorkspaceError


def instruction() -> None:
    """Take the user's own words."""
    st.text_area(
        "Anything to add?",
        key=state.INSTRUCTION,
        placeholder="use Alpine, add a Celery worker",
        height=72,
        max_chars=4_000,
        persist_state="session",
    )


def bar() -> None:
    """Show what a run would take, the way to the exact prompt, and Generate, or Stop while a run goes on."""
    ready = _prepared()
    with st.container(key="bar", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(_estimate(ready) if isinstance(ready, Prepared) else f":gray[{label(ready, most=300)}]")
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            if isinstance(ready, Prepared):
                masking.popover(ready)
            if st.button("See the prompt", key=state.SEE_PROMPT, type="tertiary", disabled=not isinstance(ready, Prepared)) and isinstance(
                ready, Prepared
            ):
                _show_prompt(ready)
            if running.is_running():
                st.button("Stop", key=state.STOP, icon=":material/stop_circle:", on_click=running.stop, shortcut="Escape")
            else:
                st.button(
                    "Generate",
                    key=state.GENERATE,
                    type="primary",
                    icon=":material/bolt:",
                    on_click=_generate,
                    disabled=not isinstance(ready, Prepared) or is_viewer(),
                    shortcut="Ctrl+Enter",
                )


def follow_up() -> None:
    """Let the user ask for a change of the verdict in plain words."""
    with st.container(key="follow", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Change something about this result",
            key=state.FOLLOW_UP,
            placeholder="pin the image by digest, run the worker with four processes",
            max_chars=4_000,
            persist_state="session",
        )
        st.button("Generate again", key=state.REFINE, icon=":material/refresh:", on_click=_refine, disabled=is_viewer())


def _generate() -> None:
    _start(str(state.value(state.INSTRUCTION) or ""), ())


def _refine() -> None:
    record = state.page()
    words = str(state.value(state.FOLLOW_UP) or "").strip()
    if record.verdict is None or not words:
        record.run_problem = "Say what should change, for example: use Alpine."
        return
    _start("\n".join(part for part in (record.instruction, words) if part), record.verdict.artifacts)


def _start(instruction: str, previous: tuple[Artifact, ...]) -> None:
    """Read the selection afresh, since files may have changed, and ask."""
    record = state.page()
    try:
        prepared = _prepare(instruction, previous)
    except (NothingToGenerate, WorkspaceError) as problem:
        record.run_problem = str(problem)
        return
    record.prepared_for, record.problem = None, ""  # what was wrong with a path that was typed earlier is over
    record.unmasked, record.unmask_edition = frozenset(), record.unmask_edition + 1
    running.start(prepared)


def _prepared() -> Prepared | str:
    """Return what would be sent now, or the sentence that says what is missing; read again only when something changed."""
    record = state.page()
    wanted = (
        record.version,
        record.overrides,
        record.selection,
        record.unmasked,
        tuple((target.id, *target.options.items()) for target in targets.chosen()),
        tuple(shown.picture for shown in record.pictures),
        state.value(state.INSTRUCTION) or "",
    )
    if record.prepared is None or record.prepared_for != wanted:
        try:
            record.prepared = _prepare(str(wanted[-1]), ())
        except (NothingToGenerate, WorkspaceError) as problem:
            record.prepared = record.prepared_for = None
            return str(problem)
        record.prepared_for = wanted
    return record.prepared


def _prepare(instruction: str, previous: tuple[Artifact, ...]) -> Prepared:
    record = state.page()
    if record.workspace is None or record.profile is None:
        raise NothingToGenerate("Open a repository first.")
    chosen = targets.chosen()
    return prepare(
        record.workspace,
        record.profile,
        chosen,
        selection=record.selection,
        instruction=instruction,
        previous=previous,
        let_through=record.unmasked,
        pictures=[shown.picture for shown in record.pictures],
    )


def _estimate(prepared: Prepared) -> str:
    """Say what a run would take: `3 members, about 2,100 tokens, about $0.013`, and what is in the prompt."""
    try:
        ensemble, team = assemble(sidebar.resolved().preset, settings(), state.page().keys, sidebar.tuning())
    except ConfigurationError as problem:
        return f":gray[{label(problem.args[0], most=300)}]"
    _load_ahead(ensemble, prepared)
    cost = ensemble.estimate_cost(prepared.prompt)
    unknown = f" and {count(len(cost.unknown), 'member')} of unknown price" if cost.unknown and cost.cost_usd is not None else ""
    who = count(len(ensemble.members), "member") + (" and an aggregator" if len(cost.members) > len(ensemble.members) else "")
    parts = [who, f"about {prepared.tokens:,} tokens each", money(cost.cost_usd, about=True) + unknown]
    if more := pricing.total(tuple(entry.cost_usd for entry in cost.standby)):
        parts.append(f"{money(more, about=True)} more where every fallback is needed")
    why = f"  \n:gray[{label(team.plan.reason, most=300)}]" if team.plan and team.plan.reason else ""
    return f"{label(', '.join(parts))} · :gray[{label(prompt_account(prepared))}]{why}"


def _load_ahead(ensemble: EnsembleProvider, prepared: Prepared) -> None:
    """Have local models loaded while the user still reads, once a line-up and page, as far as the machine's tier allows."""
    warmed, models = state.page().warmed, ensemble.local_models
    if not models or models in warmed:
        return
    warmed.add(models)

    async def load() -> None:
        async with ensemble:
            await ensemble.warm(prepared.prompt)

    with suppress(BridgeBusyError):
        BRIDGE.submit(load())


@st.dialog("The exact prompt", width="large")
def _show_prompt(prepared: Prepared) -> None:
    st.caption(f"About {prepared.tokens:,} tokens. {prompt_account(prepared)}. This is everything a model is sent.")
    for file in prepared.included:
        if file.findings:
            st.text(masking.account(file))
    if pictures := prepared.prompt.images:
        st.caption(f"Members that see also get {count(len(pictures), 'picture')}, and at the end of the text: {note(len(pictures))}")
    for omitted in prepared.omitted:
        st.text(f"left out: {omitted.path}: {omitted.reason}")
    if prepared.prompt.system:
        st.code(prepared.prompt.system, language=None, wrap_lines=True)
    st.code(prepared.sending.text, language=None, wrap_lines=True, height=420)
