"""`@architect ...` in the chat: one page asks, everybody reads the answer as it comes, and keeps it as a message."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

import streamlit as st

from collaboration.client import Client, SessionError
from collaboration.keys import WRITERS
from engine.ask import NothingAsked
from engine.asking.progress import Progress
from engine.asking.records import Reply
from providers.errors import ConfigurationError
from ui import state, together
from ui.bridge import BRIDGE, BridgeBusyError
from ui.widgets.ask import questions
from workspace.errors import WorkspaceError
from workspace.secrets import mask, mask_quick

PACE_S = 0.35
"""Seconds between two looks of the session at an answer that comes."""
CHARS, MOST = 3_900, 4
"""Characters of one chat message (the protocol takes 4,000), and how many messages an answer may fill."""
STREAM = "state/architect/"
NO_FOLDER = "No folder is open on the page this was asked from. Open one there, then ask again."
log = logging.getLogger(__name__)


def asked() -> None:
    """Take a question from the chat and have it answered to the whole session."""
    told = st.session_state.get(state.ROOM_DOCK)
    asking = told.get("asked") if told is not None else None
    client = together.client_of(state.session())
    words = re.sub(r"(?i)^\s*@architect\b[\s:,]*", "", str(asking.get("text", ""))) if isinstance(asking, dict) else ""
    if client is None or not words.strip():
        return
    record = state.page()
    work = questions.asking(words) if record.workspace is not None and record.profile is not None else None
    try:
        BRIDGE.submit(answer(client, work))
    except BridgeBusyError as problem:
        record.shared.notice = str(problem)


async def answer(client: Client, work: Callable[[Callable[[Progress], None]], Awaitable[Reply]] | None, pace_s: float = PACE_S) -> None:
    """Stream what the work says under a key of its own, then say the whole in the chat; a viewer's answer comes only whole.

    Whatever leaves for the session has its secrets masked.
    """
    now = Progress()

    def tell(progress: Progress) -> None:
        nonlocal now
        now = progress

    key = STREAM + secrets.token_hex(6)
    streams = client.role in WRITERS  # what a viewer says goes into the chat, nothing else does
    streaming = asyncio.create_task(_stream(client, key, lambda: now.text, pace_s)) if streams else None
    try:
        text = _whole(await work(tell)) if work is not None else NO_FOLDER
    except (NothingAsked, ConfigurationError, WorkspaceError) as problem:
        text = str(problem)
    except Exception:
        log.exception("a question from a session's chat failed")
        text = "The question could not be answered; the log of the app has the details."
    finally:
        if streaming is not None:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
    with suppress(SessionError, TimeoutError, OSError):
        for part in parts(mask(text).text):
            await client.set("chat", {"text": part, "about": "architect"})
    if streams:
        with suppress(SessionError, TimeoutError, OSError):
            await client.set(key, None)


async def _stream(client: Client, key: str, text: Callable[[], str], pace_s: float) -> None:
    shown: str | None = None
    while True:
        if (seen := text()) != shown:
            shown = seen
            await client.set(key, {"answer": mask_quick(seen)[-CHARS:]})
        await asyncio.sleep(pace_s)


def _whole(reply: Reply) -> str:
    """Return the answer with where it comes from."""
    notes = "".join(f"\n\n({note})" for note in reply.notes)
    sources = f"\n\nSources: {', '.join(map(str, reply.sources))}" if reply.sources else ""
    by = ", ".join(pick.label for pick in reply.picks)
    return f"{reply.text.strip()}{notes}{sources}" + (f"\n\nAnswered by {by}." if by else "")


def parts(text: str) -> list[str]:
    """Cut an answer into chat messages, at ends of lines where there are some; what is more than they hold is said to be left out."""
    found: list[str] = []
    rest = text.strip() or "There is no answer."
    while rest and len(found) < MOST:
        if len(rest) <= CHARS:
            return [*found, rest]
        cut = rest.rfind("\n", CHARS // 2, CHARS)
        cut = cut if cut > 0 else CHARS
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip("\n")
    found[-1] = found[-1][: CHARS - 60] + "\n… the rest is left out; ask on the Ask page for all of it."
    return found
