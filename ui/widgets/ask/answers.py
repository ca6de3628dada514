"""The conversation so far: questions, answers with their experts, sources that open, files that can be applied."""

from __future__ import annotations

import streamlit as st

from artifacts.records import Artifact
from engine.asking import applying
from engine.asking.progress import Exchange
from engine.asking.records import Chooser, Mode, Pick, Reply, Source
from providers.errors import ConfigurationError
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.html import Piece, show, tag
from ui.navigation import go
from ui.prose import Code, Prose, segments
from ui.text import count, label, money, seconds
from ui.widgets import running
from ui.widgets.verdict import LANGUAGES, show_code
from workspace.errors import WorkspaceError
from workspace.files import Workspace
from workspace.secrets import mask

AROUND = 60
"""Lines shown before and after the line of a source."""
JUDGING_S = 30.0
_PLAIN_NAMES = frozenset(
    {"dockerfile", "yaml", "yml", "json", "hcl", "terraform", "bash", "sh", "python", "ini", "toml", "sql", "js", "go"}
)


def conversation(workspace: Workspace) -> None:
    """Show every exchange, oldest first."""
    for place, entry in enumerate(state.page().conversation):
        with st.chat_message("user", avatar=":material/person:"):
            st.text(entry.question)
        with st.chat_message("assistant", avatar=":material/architecture:"):
            _one(workspace, place, entry)


def badges(picks: tuple[Pick, ...], chosen_by: Chooser) -> None:
    """Show who answers, with the reason on hover and in words beside a single one."""
    if not picks:
        return
    marks = " ".join(f":blue-badge[:material/school: {label(pick.label, most=40)}]" for pick in picks)
    whys = "; ".join(f"{pick.label}: {pick.why}" for pick in picks)
    by = f" · :gray[{label(picks[0].by, most=50)}]" if len(picks) == 1 and picks[0].by and picks[0].by != picks[0].label else ""
    st.markdown(f"{marks}{by}", help=label(f"Chosen by {chosen_by.value}. {whys}", most=600))


def prose(part: Prose) -> None:
    """Show a stretch of prose."""
    show(tag("div", part.markup, class_="omni prose"))


def _one(workspace: Workspace, place: int, entry: Exchange) -> None:
    reply = entry.reply
    if reply is None:
        for part in segments(entry.partial):
            _part(part, {}, place, 0, None)
        st.caption(f":material/stop_circle: {label(entry.problem, most=400)}")
        return
    badges(reply.picks, reply.chosen_by)
    offered = applying.files(reply)
    named = {artifact.content.strip(): artifact for artifact in offered}
    for number, part in enumerate(segments(reply.text)):
        _part(part, named, place, number, reply)
    if len(offered) > 1:
        _apply_button(reply, offered, f"{place}_all", f"Apply all {len(offered)} files")
    _sources(workspace, place, reply.sources)
    _account(reply)


def _part(part: Prose | Code, named: dict[str, Artifact], place: int, number: int, reply: Reply | None) -> None:
    if isinstance(part, Prose):
        prose(part)
        return
    artifact = named.get(part.text.strip())
    if artifact is None or reply is None:
        word = part.info.split()[0].lower() if part.info else ""
        show_code(part.text, {"dockerfile": "docker"}.get(word, word) if word in _PLAIN_NAMES else None)
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f":material/description: {label(artifact.path)}")
        _apply_button(reply, (artifact,), f"{place}_{number}", "Apply")
    show_code(artifact.content, LANGUAGES.get(artifact.kind))


def _apply_button(reply: Reply, artifacts: tuple[Artifact, ...], key: str, words: str) -> None:
    help_text = "Leads to the difference on the Deliver page. Nothing is written before you apply it there."
    if st.button(words, key=f"{state.ASK_APPLY}{key}", icon=":material/difference:", help=help_text) and _offer(reply, artifacts):
        go("deliver")


def _offer(reply: Reply, artifacts: tuple[Artifact, ...]) -> bool:
    """Make the files the page's verdict, judged and kept like any other; return whether that worked."""
    page = state.page()
    if page.workspace is None or page.profile is None:
        return False
    if running.is_running():
        st.error("A run is going on. Wait for it or stop it, then apply this.", icon=":material/error:")
        return False
    try:
        verdict = BRIDGE.call(applying.as_verdict(reply, artifacts, page.profile), JUDGING_S)
    except (BridgeBusyError, TimeoutError, ConfigurationError):
        st.error("The files could not be judged in time. Try again in a moment.", icon=":material/error:")
        return False
    state.session().run = None
    page.failure, page.reopened, page.sent = None, None, None
    page.verdict = verdict
    return True


def _sources(workspace: Workspace, place: int, sources: tuple[Source, ...]) -> None:
    if not sources:
        return
    with st.container(key=f"ask_sources_{place}", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("Sources", width="content")
        for number, source in enumerate(sources):
            if st.button(
                label(str(source), most=60), key=f"{state.ASK_SOURCE}{place}_{number}", icon=":material/description:", type="tertiary"
            ):
                _preview(workspace, source)


def _account(reply: Reply) -> None:
    for note in reply.notes:
        st.caption(f":material/info: {label(note, most=400)}")
    facts = [] if reply.mode is Mode.BUILT_IN else [reply.mode.value]
    if reply.secrets_masked:
        facts.append(f"{count(reply.secrets_masked, 'secret')} masked")
    facts.append(seconds(reply.latency_ms))
    if reply.mode is not Mode.BUILT_IN:
        facts.append(money(reply.cost_usd, about=True))
    st.caption(label(" · ".join(facts), most=200))


@st.dialog("Source", width="large")
def _preview(workspace: Workspace, source: Source) -> None:
    """Show the file around the line, which is marked and named."""
    st.markdown(f"**{label(str(source))}**")
    try:
        head = workspace.read_head(source.path)
    except WorkspaceError as problem:
        st.error(label(problem.message, most=300), icon=":material/error:")
        return
    masked = mask(head.text, source.path)
    lines = masked.text.splitlines()
    at = source.line or 1
    first = max(1, at - AROUND)
    rows: list[Piece] = []
    for number, line in enumerate(lines[first - 1 : at + AROUND], start=first):
        here = source.line == number
        rows.append(
            tag(
                "div",
                tag("span", f"{'▸ ' if here else ''}{number}", class_="number"),
                tag("span", line[:400] or " "),
                class_="row here" if here else "row",
            )
        )
    show(tag("div", *rows, class_="omni lines", tabindex="0", role="region", aria_label=f"Lines of {source.path}"))
    shown = f"Lines {first:,} to {min(len(lines), at + AROUND):,} of {len(lines):,}" + (" and more" if head.truncated else "")
    hidden = f", {count(len(masked.findings), 'secret')} masked" if masked.findings else ""
    st.caption(f"{shown}{hidden}")
