"""Collaborate: what happens in the session, a colleague's run as it happens, the files everybody shares."""

from __future__ import annotations

import streamlit as st

from ui import state, together
from ui.widgets import running
from ui.widgets.collaborate import activity, files, voice

running.collect()
client = together.client_of(state.session())
if client is None:
    activity.nobody()
else:
    names = {person: str(member.get("name", "")) for person, member in client.members.items()}
    voice.card()
    files.clashes(names)
    activity.watched()
    left, right = st.columns([6, 6], gap="medium")
    with left:
        activity.feed()
    with right:
        files.listed(names)
