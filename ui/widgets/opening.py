"""Opening a workspace: a path, an address to clone, a folder opened lately, or the sample; and what a first visit needs to know."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from config import settings
from engine.samples import open_sample
from ui import state
from ui.text import label
from ui.widgets import cloning, recents
from ui.widgets.entering import enter, enter_folder
from workspace.errors import WorkspaceError
from workspace.files import Workspace
from workspace.repository.names import is_address


def opening() -> None:
    """Show the row that opens a folder, and below it why one could not be opened."""
    cloning.collect()
    record = state.page()
    lately = recents.known()
    if record.path:
        st.session_state[state.WORKSPACE_PATH], record.path = record.path, ""
    with st.container(key="opening", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Repository folder or address",
            key=state.WORKSPACE_PATH,
            placeholder="/home/you/project or https://github.com/you/project.git",
            help="The full path of a folder on the machine this program runs on, or an address to clone by https or ssh. "
            "Nothing outside the folder is read or written.",
            on_change=_open_typed,
            persist_state="session",
            max_chars=4096,
        )
        st.button("Open", key=state.OPEN_WORKSPACE, icon=":material/folder_open:", on_click=_open_typed, type=_emphasis(record))
        if record.workspace is not None and lately:
            with st.popover("Recent", icon=":material/history:", key="recent_folders"):
                recents.listed(lately)
        st.button("Try the sample", key=state.OPEN_SAMPLE, icon=":material/storefront:", on_click=_open_the_sample)
    cloning.panel()
    if record.problem:
        st.error(label(record.problem, most=600), icon=":material/error:")


def welcome() -> None:
    """Teach what happens here, while no workspace is open."""
    st.space("small")
    lately = recents.known()
    if lately:
        st.markdown("**Opened lately**")
        recents.listed(lately)
        st.space("small")
    st.subheader("Turn a repository into infrastructure you can ship")
    st.markdown(
        "Open a folder above, paste an address to clone it, or try the sample: a small Flask shop with PostgreSQL and a Celery worker.\n\n"
        "1. **What we found** shows language, port, start command and services, each with the file and line that proves it. "
        "Correct what is wrong.\n"
        "2. **Generate** asks several members at once. Real validators check every answer, and one result wins on evidence.\n"
        "3. **Review** shows why it won. **Apply** writes it as a diff you have seen, and can be undone."
    )
    st.caption("Works without a key and without a network: the built-in architect answers until a vendor has a key.")


def _emphasis(record: state.PageState) -> Literal["primary", "secondary"]:
    return "primary" if record.workspace is None else "secondary"


def _open_typed() -> None:
    typed = str(state.value(state.WORKSPACE_PATH) or "").strip()
    record = state.page()
    told = record.problem or record.run_problem
    if record.workspace is not None and typed == record.workspace.location and not told and _still_there(record.workspace):
        return  # a click on the button comes after the field's own change
    if not typed:
        record.problem = "No folder was given. Type the full path of a repository, for example /home/you/project."
    elif is_address(typed):
        cloning.ask_for_place(typed)
    else:
        record.cloning = ""
        enter_folder(typed)


def open_shared(location: str) -> None:
    """Open the folder that a session of several people works on."""
    enter_folder(location)


def _still_there(workspace: Workspace) -> bool:
    try:
        workspace.require()
    except WorkspaceError:
        return False
    return True


def _open_the_sample() -> None:
    owner = state.browser()
    enter(lambda: open_sample(settings().omni_data_dir, owner))
