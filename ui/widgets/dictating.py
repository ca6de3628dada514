"""Dictation: what is said into the microphone becomes words in the field above, to be read and changed before anything is asked."""

from __future__ import annotations

from concurrent.futures import TimeoutError as BridgeTimeout

import streamlit as st

from config import settings
from providers.errors import ConfigurationError, ProviderError
from providers.transcription import HOW, SECONDS, Recogniser, recogniser, transcribe
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import label

MOST_WORDS = 4_000
"""Characters the field takes."""


def dictate() -> None:
    """Offer the microphone where a recogniser is set up; nothing where none is, since the Settings page says how to get one."""
    try:
        to = recogniser(settings(), state.page().keys)
    except ConfigurationError:
        return
    if to is None:
        return
    record = state.page()
    key = f"{state.DICTATION}_{record.dictation_edition}"
    st.audio_input(
        "Or say it",
        key=key,
        on_change=_heard,
        args=(key, to),
        help=f"The recording is sent to {label(to.base_url, most=120)}, and not kept.",
    )
    if record.dictation_problem:
        st.error(label(record.dictation_problem, most=300), icon=":material/error:")


def account() -> None:
    """Say on the Settings page where dictated words go, or how to get a recogniser."""
    try:
        to = recogniser(settings(), state.page().keys)
    except ConfigurationError as problem:
        st.caption(f"Dictation: TRANSCRIPTION_BASE_URL is not usable. {label(problem.message, most=300)}")
        return
    st.caption(
        f"Dictation: speech is sent to {label(to.base_url, most=120)} ({label(to.model)})." if to else f"Dictation: {label(HOW, most=400)}"
    )


def _heard(key: str, to: Recogniser) -> None:
    record, given = state.page(), st.session_state.get(key)
    words = str(st.session_state.get(state.INSTRUCTION) or "")
    if given is None:
        return
    record.dictation_edition += 1  # a fresh microphone, which holds no copy of the recording
    try:
        said = BRIDGE.call(transcribe(to, given.getvalue()), SECONDS + 5)
    except ProviderError as problem:
        record.dictation_problem = problem.message
    except (BridgeBusyError, BridgeTimeout, TimeoutError) as problem:
        record.dictation_problem = str(problem) or "The recogniser gave no answer. Say it again, or type."
    else:
        record.dictation_problem = ""
        st.session_state[state.INSTRUCTION] = f"{words.rstrip()} {said}".strip()[:MOST_WORDS]
