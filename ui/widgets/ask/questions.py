"""Asking on the page: the field, who may answer, the answer while it comes, Stop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import streamlit as st

from config import settings
from engine.ask import MAX_QUESTION, NothingAsked, ask
from engine.asking import builtin
from engine.asking.progress import Exchange, Listener, Progress
from engine.asking.records import Reply, Turn
from engine.experts import ROSTERS, find
from engine.job import Job, JobState
from providers.errors import ConfigurationError
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.components.answer import answer
from ui.navigation import go
from ui.text import count, label
from ui.widgets import sidebar
from workspace.errors import WorkspaceError

LOOK_S = 2.0
"""Seconds between two looks whether an answer is over, which its socket tells much sooner."""
MOST_EXCHANGES = 50
AUTO = "auto"


def no_workspace() -> None:
    """Say what to do where nothing is open."""
    st.info("No workspace is open. Open a folder or try the sample on the Generate page, then ask about it here.", icon=":material/info:")
    if st.button("Go to Generate", key="go_generate", type="primary"):
        go("generate")


def heading() -> None:
    """Say who answers; with a vendor ready, let the user choose among the experts."""
    page = state.page()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        name = page.workspace.name if page.workspace else ""
        st.markdown(f"**Ask about {label(name, most=60)}** · :gray[{_who()}]")
        if page.conversation:
            st.button("Clear", key=state.ASK_CLEAR, icon=":material/delete_sweep:", type="tertiary", on_click=_clear)
    if sidebar.resolved().stands_in:
        return
    with st.container(key="ask_options", horizontal=True, vertical_alignment="bottom", gap="small"):
        names = {roster.id: roster.label for roster in ROSTERS}
        st.selectbox("Roster", list(names), key=state.ASK_ROSTER, format_func=lambda name: names[name], persist_state="session", width=140)
        roster = find(str(state.value(state.ASK_ROSTER)))
        labels = {AUTO: "chosen for the question"} | {expert.id: expert.label for expert in roster.experts}
        key = f"{state.ASK_EXPERT}{roster.id}"
        st.selectbox("Expert", list(labels), key=key, format_func=lambda name: labels[name], persist_state="session", width=220)
        st.toggle(
            "Second look",
            key=state.ASK_ENRICH,
            help="Another member improves the answer of a single expert. It costs one more call.",
            persist_state="session",
        )
        st.session_state.setdefault(state.ASK_FILES, True)
        st.toggle(
            f"Send {count(len(page.selection), 'selected file')}",
            key=state.ASK_FILES,
            help="The files ticked on the Generate page go with the question, with their secrets masked.",
            disabled=not page.selection,
            persist_state="session",
        )


def field() -> None:
    """Take a question at the foot of the page; Enter asks."""
    st.chat_input(
        "Which port does it listen on?",
        key=state.ASK_QUESTION,
        max_chars=MAX_QUESTION,
        disabled=_running(),
        on_submit=_typed,
    )


def live() -> None:
    """Show the answer while it comes, with Stop; on an empty page, questions that fit this workspace."""
    page = state.page()
    job = page.asking
    if page.ask_problem:
        st.error(label(page.ask_problem, most=400), icon=":material/error:")
    if job is not None and not job.over:
        with st.chat_message("user", avatar=":material/person:"):
            st.text(job.name)
        with st.chat_message("assistant", avatar=":material/architecture:"):
            answer(key=f"ask_coming_{job.id}", session=state.session().token, job=job.id, on_ended=collect)
        _until_over()
        st.button("Stop", key=state.ASK_STOP, icon=":material/stop_circle:", on_click=_stop, shortcut="Escape")
    elif not page.conversation and page.profile is not None:
        st.caption("Ask anything about this repository. For example:")
        with st.container(key="ask_examples", horizontal=True, gap="small"):
            for place, question in enumerate(builtin.suggestions(page.profile, page.verdict)):
                st.button(label(question), key=f"{state.ASK_EXAMPLE}{place}", on_click=start, args=(question,))


@st.fragment(run_every=LOOK_S)
def _until_over() -> None:
    """Draw the whole page once the answer is over, also where the browser could not tell."""
    job = state.page().asking
    if job is None or job.over:
        st.rerun()


def start(question: str) -> None:
    """Ask in the background; the page shows it as it comes."""
    page, words = state.page(), question.strip()
    if page.workspace is None or page.profile is None or _running() or not words:
        return
    history = tuple(Turn(entry.question, entry.reply.text) for entry in page.conversation if entry.reply is not None)[-6:]
    work = asking(words, history)
    job: Job[Progress, Reply] = Job(words, Progress(), (NothingAsked, ConfigurationError, WorkspaceError))
    page.ask_problem = ""
    try:
        future = BRIDGE.submit(job.run(work))
    except BridgeBusyError as problem:
        page.ask_problem = str(problem)
        return
    job.attach(future.cancel)
    page.asking = state.session().asking = job


def asking(words: str, history: tuple[Turn, ...] = ()) -> Callable[[Callable[[Progress], None]], Coroutine[Any, Any, Reply]]:
    """Return the work of answering as this page is set up now: its folder, who answers, what is selected. Only for an open folder."""
    page = state.page()
    found, tuning = sidebar.resolved(), sidebar.tuning()
    roster = str(state.value(state.ASK_ROSTER) or ROSTERS[0].id)
    wanted = str(state.value(f"{state.ASK_EXPERT}{roster}") or AUTO)
    files = page.selection if state.value(state.ASK_FILES, True) and not found.stands_in else ()
    enrich, keys = bool(state.value(state.ASK_ENRICH)), {vendor: dict(held) for vendor, held in page.keys.items()}
    workspace, profile, verdict = page.workspace, page.profile, page.verdict
    assert workspace is not None
    assert profile is not None

    async def work(tell: Callable[[Progress], None]) -> Reply:
        return await ask(
            words,
            workspace,
            profile,
            preset=found.preset,
            settings=settings(),
            configs=keys,
            tuning=tuning,
            roster=roster,
            experts=() if wanted == AUTO else (wanted,),
            selection=files,
            verdict=verdict,
            history=history,
            enrich=enrich,
            on_event=Listener(tell),
        )

    return work


def collect() -> None:
    """Put an answer that is complete, failed or stopped into the conversation."""
    page = state.page()
    job = page.asking
    if job is None or not job.over or page.workspace is None:
        return
    page.asking = None
    problem = "Stopped." if job.state is JobState.STOPPED else job.problem
    entry = Exchange(question=job.name, reply=job.result, partial="" if job.result else job.progress.text, problem=problem)
    page.conversation = (*page.conversation, entry)[-MOST_EXCHANGES:]


def _who() -> str:
    found = sidebar.resolved()
    if found.stands_in:
        return "no vendor is set up, so the built-in architect answers from what it found"
    return label(f"{count(len(found.members), 'model')} of {found.preset.title} and the built-in architect", most=80)


def _typed() -> None:
    start(str(state.value(state.ASK_QUESTION) or ""))


def _running() -> bool:
    job = state.page().asking
    return job is not None and not job.over


def _stop() -> None:
    job = state.page().asking
    if job is not None:
        job.cancel()


def _clear() -> None:
    page = state.page()
    page.conversation = ()
    page.ask_problem = ""
