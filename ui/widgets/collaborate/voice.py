"""The voice room of the session: the card on the Collaborate page, and the way to mute and to leave on every other."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui import voice as calls
from ui.components.voice import voice


def card() -> None:
    """Show who talks and the way in."""
    with st.container(key="voice_card"):
        voice("card", key=state.VOICE_CARD, session=state.session().token)


def bar() -> None:
    """Show, while this page is in the voice room, how to mute and to leave."""
    held = state.session()
    if calls.in_call(held):
        voice("bar", key=state.VOICE_BAR, session=held.token)
