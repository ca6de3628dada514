"""A repository that nothing recognised: its user says what it is, and it can be generated for like any other."""

from __future__ import annotations

import streamlit as st

from architect.stacks.declared import Declaration, declare
from ui import state

IMAGE, START, PORT, BUILD, HEALTH = "declare_image", "declare_start", "declare_port", "declare_build", "declare_health"


def form() -> None:
    """Ask for what an image needs at least: where to build and run it, and how it is started."""
    with st.form("declare", border=True):
        st.markdown("**Describe it yourself**")
        st.text_input("Image it is built and run in", key=IMAGE, placeholder="perl:5.40-slim", help="With a version tag.", max_chars=200)
        st.text_input("Start command", key=START, placeholder="perl app.pl daemon --listen http://0.0.0.0:3000", max_chars=1_000)
        left, right = st.columns(2, gap="small")
        left.number_input("Port", 0, 65_535, value=0, key=PORT, help="0 where it listens on none, as a worker does.")
        right.text_input("Health path", key=HEALTH, placeholder="none", help="A path that answers without signing in.", max_chars=200)
        st.text_input("Build command", key=BUILD, placeholder="none", help="Run in the folder of the sources.", max_chars=2_000)
        st.form_submit_button("Use this", type="primary", key="declare_use", on_click=_use)


def _use() -> None:
    record = state.page()
    if record.found is None:
        return
    said = Declaration(
        image=str(state.value(IMAGE) or ""),
        start=str(state.value(START) or ""),
        port=int(state.value(PORT) or 0),
        build=str(state.value(BUILD) or ""),
        health=str(state.value(HEALTH) or ""),
    )
    try:
        record.profile = record.found = declare(record.found, said)
    except ValueError as problem:
        record.notice = str(problem)
        return
    record.overrides, record.notice, record.prepared_for = (), "", None
    record.version += 1
