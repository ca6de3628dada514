"""The head of the Git panel: the branch, the way to the server and back, the stash, tags and remotes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import streamlit as st

from ui import state
from ui.text import count, excerpt, label, plain
from ui.widgets.deliver import gitwork
from workspace.files import Workspace
from workspace.processes import LineListener
from workspace.repository import changing, merging, remotes
from workspace.repository.program import Git
from workspace.repository.records import Conflict, Mark, Side, Snapshot

LOOKING_S = 0.4
PULL, PUSH, CANCEL = (f"{state.GIT}{name}" for name in ("pull", "push", "cancel"))
BRANCH, NEW_BRANCH, CREATE, SWITCH = (f"{state.GIT}{name}" for name in ("branch", "new_branch", "create", "switch"))
STASH, STASH_MESSAGE, TAG, TAG_NAME, TAG_MESSAGE = (
    f"{state.GIT}{name}" for name in ("stash", "stash_message", "tag", "tag_name", "tag_message")
)
SIDE, RESOLVE, ABORT = (f"{state.GIT}{name}" for name in ("side_", "resolve", "abort"))
_SIDES = {Side.MINE: "Mine", Side.THEIRS: "Theirs", Side.BOTH: "Both"}
REMOTE, REMOTE_ADDRESS, MERGE, ASIDE, ASIDE_NAME = (f"{state.GIT}{name}" for name in ("remote", "address", "merge", "aside", "aside_name"))


def bar(workspace: Workspace, seen: Snapshot) -> None:
    """Show where the branch stands with the buttons that change it, or long work's progress in their place."""
    job = state.page().git_job
    if job is not None and not job.over:
        with st.container(border=True, key="git_progress"):
            _watch()
        return
    remote = seen.remotes[0][0] if seen.remotes else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="git_bar"):
        st.markdown(
            f":material/fork_right: **{label(seen.status.branch or 'no branch', most=60)}** · :gray[{label(_standing(seen), most=160)}]"
        )
        with st.container(horizontal=True, width="content", gap="small"):
            with st.popover("Branch", icon=":material/fork_right:"):
                _branches(workspace, seen)
            st.button(
                "Pull",
                key=PULL,
                icon=":material/download:",
                disabled=not remote or not seen.status.branch,
                on_click=_pull,
                args=(workspace, remote),
            )
            st.button(
                "Push",
                key=PUSH,
                icon=":material/upload:",
                disabled=not remote or not seen.status.head,
                on_click=_push,
                args=(workspace, remote),
            )
            with st.popover("More", icon=":material/more_horiz:"):
                _more(workspace, seen, remote)
    if state.page().git_apart:
        _apart(workspace, remote)


@st.fragment(run_every=LOOKING_S)
def _watch() -> None:
    job = state.page().git_job
    if job is None or job.over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":material/sync: {label(job.name)}: {label(job.progress, most=160)}")
        st.button("Cancel", key=CANCEL, icon=":material/stop_circle:", on_click=job.cancel)


def _standing(seen: Snapshot) -> str:
    status = seen.status
    if not status.head:
        return "no commit yet"
    if not seen.remotes:
        return "no server"
    if not status.upstream:
        return f"not pushed to {seen.remotes[0][0]} yet"
    parts = [f"{status.ahead} to push"] if status.ahead else []
    parts += [f"{status.behind} to pull"] if status.behind else []
    return f"{', '.join(parts) or 'up to date'} with {status.upstream}, as last seen"


def _branches(workspace: Workspace, seen: Snapshot) -> None:
    others = [ref.short for ref in seen.branches if ref.name.startswith("refs/heads/") and not ref.current]
    st.text_input("New branch", key=NEW_BRANCH, placeholder="deploy/docker", max_chars=200)
    st.button("Create and switch", key=CREATE, on_click=_create, args=(workspace,))
    if others:
        st.selectbox("Branches", others, key=BRANCH, format_func=lambda name: plain(str(name), 60))
        st.button("Switch", key=SWITCH, on_click=_switch, args=(workspace,), help="Refused where it would overwrite a change.")


def _more(workspace: Workspace, seen: Snapshot, remote: str) -> None:
    stash, tags, servers = st.tabs(["Stash", "Tags", "Servers"])
    with stash:
        st.caption("Puts every change aside and leaves the files as the last commit has them.")
        st.text_input("Note", key=STASH_MESSAGE, max_chars=200)
        st.button("Put aside", key=STASH, disabled=not seen.status.files or not seen.status.head, on_click=_stash, args=(workspace,))
        for entry in seen.stashes[:5]:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.caption(label(entry.message, most=80))
                st.button("Bring back", key=f"{state.GIT}back_{entry.number}", on_click=_bring_back, args=(workspace, entry.number))
    with tags:
        st.text_input("Name", key=TAG_NAME, placeholder="v1.0.0", max_chars=200)
        st.text_input("Message", key=TAG_MESSAGE, max_chars=500)
        st.button("Tag the last commit", key=TAG, disabled=not seen.status.head, on_click=_tag, args=(workspace,))
        for tag in seen.tags[:5]:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.caption(f"{label(tag.short, most=60)} · {tag.commit[:7]}")
                st.button(
                    "Push", key=f"{state.GIT}push_tag_{tag.short}", disabled=not remote, on_click=_push, args=(workspace, remote, tag.short)
                )
    with servers:
        for name, shown in seen.remotes:
            st.caption(f"**{label(name)}** {label(shown, most=200)}")
        if not seen.remotes:
            st.text_input("Address", key=REMOTE_ADDRESS, placeholder="https://github.com/you/project.git", max_chars=1000)
            st.button("Add as origin", key=REMOTE, on_click=_add_remote, args=(workspace,))
        st.caption("Git's own credential helpers and your SSH keys sign you in. Nothing is kept here.")


def _apart(workspace: Workspace, remote: str) -> None:
    """Offer the ways out where both sides have commits."""
    conflicts = state.page().git_conflicts
    with st.container(border=True, key="git_apart"):
        if conflicts:
            _decide(workspace, remote, conflicts)
        else:
            st.markdown(
                "**Both sides moved.** Merge theirs into yours; where both changed the same places you are asked which text is kept. Or "
                "put yours on a branch of its own."
            )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if not conflicts:
                st.button("Merge theirs", key=MERGE, icon=":material/call_merge:", on_click=_merge, args=(workspace, remote, {}))
            st.text_input("Branch for yours", key=ASIDE_NAME, placeholder="mine", max_chars=200)
            st.button("Put mine there", key=ASIDE, icon=":material/fork_right:", on_click=_aside, args=(workspace,))


def _decide(workspace: Workspace, remote: str, conflicts: tuple[Conflict, ...]) -> None:
    """Ask for each file in conflict which text is kept; nothing is changed before all are answered."""
    st.markdown(
        f"**{count(len(conflicts), 'file')} changed on both sides in the same places.** Nothing was changed yet: which text is kept?"
    )
    sides: dict[str, Side] = {}
    for conflict in conflicts:
        key = f"{SIDE}{hashlib.sha256(conflict.path.encode('utf-8', 'replace')).hexdigest()[:12]}"
        chosen = st.segmented_control(
            f"{label(conflict.path, most=90)} · :gray[you {_did(conflict.mine)} it, they {_did(conflict.theirs)} it]",
            list(conflict.sides),
            key=key,
            format_func=_SIDES.__getitem__,
            help="Both: what only one side changed is taken over, of what both changed yours comes first.",
        )
        if chosen is not None:
            sides[conflict.path] = chosen
        if conflict.difference:
            shown, missing = excerpt(conflict.difference.splitlines())
            with st.expander("From yours to theirs", icon=":material/difference:"):
                st.code(shown, language="diff", height=220)
                if missing:
                    st.caption(missing)
        else:
            st.caption("There is no difference to show: it is no text, it was deleted, or it usually holds secrets.")
    with st.container(horizontal=True):
        st.button(
            "Merge with these choices",
            key=RESOLVE,
            icon=":material/call_merge:",
            type="primary",
            disabled=len(sides) < len(conflicts),
            on_click=_merge,
            args=(workspace, remote, sides),
        )
        st.button("Abort", key=ABORT, icon=":material/undo:", on_click=_abort, help="Leaves everything as it is; Pull asks again.")


def _did(mark: Mark) -> str:
    return {Mark.NEW: "made", Mark.DELETED: "deleted"}.get(mark, "changed")


def _abort() -> None:
    page = state.page()
    page.git_apart, page.git_conflicts, page.git_problem = False, (), ""
    page.git_notice = "Nothing was merged. Your commits and your files are as they were."


def _pull(workspace: Workspace, remote: str) -> None:
    async def work(git: Git, tell: LineListener) -> str:
        came = await remotes.pull(git, remote, on_line=tell)
        return (
            f"Pulled {count(came.commits, 'commit')}: {plain(', '.join(came.files[:6]), 200)}."
            if came.commits
            else "Everything was here already."
        )

    gitwork.begin(workspace, "Pull", work)


def _push(workspace: Workspace, remote: str, tag: str = "") -> None:
    async def work(git: Git, tell: LineListener) -> str:
        return await remotes.push(git, remote, tag=tag, on_line=tell)

    gitwork.begin(workspace, f"Push {tag}".strip(), work)


def _merge(workspace: Workspace, remote: str, sides: Mapping[str, Side]) -> None:
    async def work(git: Git) -> str:
        return f"Merged {count((await merging.merge_theirs(git, remote, sides)).commits, 'commit')}. Push when you are ready."

    if gitwork.act(workspace, "Merge", work):
        state.page().git_apart, state.page().git_conflicts = False, ()


def _aside(workspace: Workspace) -> None:
    _make_branch(workspace, str(state.value(ASIDE_NAME) or ""), "Your commits are on {}. Push it, and the two can be compared.")


def _create(workspace: Workspace) -> None:
    _make_branch(workspace, str(state.value(NEW_BRANCH) or ""), "You are on the new branch {}.")


def _make_branch(workspace: Workspace, name: str, told: str) -> None:
    async def work(git: Git) -> str:
        return told.format(await changing.create_branch(git, name))

    if gitwork.act(workspace, f"New branch {plain(name, 60)}", work):
        state.page().git_apart, state.page().git_conflicts = False, ()


def _switch(workspace: Workspace) -> None:
    name = str(state.value(BRANCH) or "")

    async def work(git: Git) -> str:
        return f"You are on {await changing.switch(git, name)}."

    if gitwork.act(workspace, f"Switch to {plain(name, 60)}", work):
        state.page().git_apart, state.page().git_conflicts = False, ()


def _stash(workspace: Workspace) -> None:
    note = str(state.value(STASH_MESSAGE) or "")

    async def work(git: Git) -> str:
        await changing.stash(git, note)
        return "Your changes were put aside. More, Stash brings them back."

    gitwork.act(workspace, "Stash", work)


def _bring_back(workspace: Workspace, number: int) -> None:
    async def work(git: Git) -> str:
        await changing.unstash(git, number)
        return "Your changes are back."

    gitwork.act(workspace, "Bring back the stash", work)


def _tag(workspace: Workspace) -> None:
    name, message = str(state.value(TAG_NAME) or ""), str(state.value(TAG_MESSAGE) or "")

    async def work(git: Git) -> str:
        return f"The last commit is tagged {await changing.create_tag(git, name, message)}."

    gitwork.act(workspace, f"Tag {plain(name, 60)}", work)


def _add_remote(workspace: Workspace) -> None:
    url = str(state.value(REMOTE_ADDRESS) or "")

    async def work(git: Git) -> str:
        await remotes.add_remote(git, url)
        return "The server was noted as origin. Nothing was sent yet."

    gitwork.act(workspace, "Add a server", work)
