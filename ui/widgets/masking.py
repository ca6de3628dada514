"""The secrets that were found in the selection: how many are masked in which file, and the deliberate way to send one as it is."""

from __future__ import annotations

import streamlit as st

from engine.generate import Prepared
from engine.prompts import Included
from ui import state
from ui.text import count, label
from workspace.secrets import Finding

SHOWN = 40


def account(file: Included) -> str:
    """Say what was found in one file: `3 secrets masked in config.py`, and on which lines."""
    lines = ", ".join(str(line) for line in dict.fromkeys(finding.line for finding in file.findings))
    through = f", {count(len(file.spared), 'secret')} sent unmasked" if file.spared else ""
    return f"{count(file.masked, 'secret')} masked{through} in {file.path}, line {lines}"


def popover(prepared: Prepared) -> None:
    """Show where secrets were found, each with its own switch; nothing is shown where none was."""
    files = [file for file in prepared.included if file.findings]
    if not files:
        return
    masked = sum(file.masked for file in files)
    where = files[0].path.rpartition("/")[2] if len(files) == 1 else count(len(files), "file")
    with st.popover(f"{count(masked, 'secret')} masked in {label(where, most=30)}", icon=":material/key:", type="tertiary"):
        st.markdown(
            "**These stay on this machine.** A model is sent `<masked: kind>` in their place. Send one as it is only if the result "
            "depends on it: it goes to every member of the preset, for the next run alone; the history keeps the prompt masked."
        )
        left = SHOWN
        for file in files:
            st.markdown(f"{label(file.path, most=120)}")
            for finding in file.findings[: max(0, left)]:
                _one(file.path, finding)
            left -= len(file.findings)
        if left < 0:
            st.caption(f"{count(-left, 'more')} are not listed; they stay masked.")


def _one(path: str, finding: Finding) -> None:
    record = state.page()
    key = f"{state.UNMASK}{finding.id}_{record.unmask_edition}"
    st.checkbox(
        f"Send this one unmasked: {label(finding.kind, most=60)}, line {finding.line}",
        key=key,
        value=finding.id in record.unmasked,
        on_change=_switch,
        args=(finding.id, key),
        help=f"In {label(path, most=200)}",
    )


def _switch(identity: str, key: str) -> None:
    record = state.page()
    record.unmasked = record.unmasked | {identity} if state.value(key) else record.unmasked - {identity}
