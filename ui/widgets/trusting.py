"""Restricted or trusted: said in the sidebar, explained where something would be written or run, and changed by a click."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from config import settings
from ui import state
from ui.text import label
from workspace.confined import Root
from workspace.errors import WorkspaceError
from workspace.files import Workspace
from workspace.trust import ALLOWS, Gate, Ledger, Watched, ledger


def chip(workspace: Workspace) -> None:
    """Show the branch and whether the folder is trusted, with the way to change it."""
    trusted, branch = workspace.trusted, workspace.branch
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="trust_chip"):
        if branch:
            st.markdown(f":gray[:material/fork_right: {label(branch, most=28)}]", help=label(branch, most=200))
        else:
            st.markdown(":gray[no Git repository]")
        word, icon = ("Trusted", ":material/verified_user:") if trusted else ("Restricted", ":material/lock:")
        if _only_looking(workspace):
            word, icon = "Viewer", ":material/visibility:"
        with st.popover(word, icon=icon, type="tertiary"):
            _explain(trusted)
            if _only_looking(workspace):
                st.caption("You are a viewer in this session: nothing is written or run from your page, whatever the folder allows.")
            elif not trusted:
                st.button("Trust this folder", key=state.TRUST_HERE, type="primary", on_click=_grant, args=(workspace,))
            elif isinstance(_own(workspace), Ledger) and not _of_our_making(workspace, _own(workspace)):
                st.button("Restrict it again", key=state.DISTRUST, on_click=_withdraw, args=(workspace,))
            else:
                st.caption("This folder was made by the program itself.")


def notice(workspace: Workspace) -> None:
    """Say at the head of a page what is not possible while the folder is Restricted; nothing is shown once it is trusted."""
    if workspace.trusted:
        return
    if _only_looking(workspace):
        st.info("You are a viewer in this session: you see everything and change nothing. Its owner can make you an editor.")
        return
    with st.container(border=True, key="restricted"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f":material/lock: **{label(workspace.name, most=60)} is Restricted**", help=label(workspace.location, most=300))
            st.button(
                "Trust this folder", key=state.TRUST, icon=":material/verified_user:", type="primary", on_click=_grant, args=(workspace,)
            )
        _explain(trusted=False)


def _explain(trusted: bool) -> None:
    if trusted:
        st.markdown("The program may, in this folder:\n\n" + "\n".join(f"- {entry}" for entry in ALLOWS))
        return
    st.markdown(
        "A repository can carry programs that Git and other tools would run. Until you trust it, nothing is written or run here; "
        "looking, generating and reviewing work.\n\nTrust it if it is yours, or you know what is in it. Then the program may:\n\n"
        + "\n".join(f"- {entry}" for entry in ALLOWS)
    )
    st.caption("Remembered for this path and the place the repository was cloned from.")


def _own(workspace: Workspace) -> Gate:
    return workspace.gate.inner if isinstance(workspace.gate, Watched) else workspace.gate


def _only_looking(workspace: Workspace) -> bool:
    """Tell whether a session's owner lets this page only look."""
    return isinstance(workspace.gate, Watched) and not workspace.gate.may()


def _of_our_making(workspace: Workspace, held: Gate) -> bool:
    return isinstance(held, Ledger) and any(workspace.root.path.is_relative_to(folder) for folder in held.made)


def _grant(workspace: Workspace) -> None:
    _change(workspace, ledger(settings().omni_data_dir).grant)


def _withdraw(workspace: Workspace) -> None:
    _change(workspace, ledger(settings().omni_data_dir).withdraw)


def _change(workspace: Workspace, change: Callable[[Root], None]) -> None:
    page = state.page()
    try:
        change(workspace.root)
    except WorkspaceError as problem:
        page.deliver_problem = page.problem = problem.message
