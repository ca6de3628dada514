"""The Git panel: the branch, what goes into the next commit, its message, the server, and the log as a graph."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

import streamlit as st

from config import settings
from engine.drafting import ask_for_message, draft_message, draft_request
from ui import html, state
from ui.text import count, excerpt, label, plain
from ui.widgets import sidebar
from ui.widgets.deliver import gitwork, servers
from ui.widgets.deliver.graph import drawing
from workspace.errors import NoRepository, WorkspaceError
from workspace.files import Workspace
from workspace.processes import LineListener
from workspace.repository import changing, looking, merging
from workspace.repository.program import Git
from workspace.repository.records import Commit, FileStatus, Mark, Secret, Snapshot

Work = Callable[[Git], Awaitable[str]]

SHOWN_FILES, SHOWN_COMMITS = 60, 30
MESSAGE, COMMIT, STAGE_ALL, UNSTAGE_ALL = (f"{state.GIT}{name}" for name in ("message", "commit", "stage_all", "unstage_all"))
SHOWN_FILE, LET, FILE = f"{state.GIT}shown", f"{state.GIT}let_", f"{state.GIT}file_"
_MARKS = {
    Mark.NEW: ":green-badge[new]",
    Mark.CHANGED: ":orange-badge[changed]",
    Mark.DELETED: ":red-badge[deleted]",
    Mark.CONFLICT: ":red-badge[conflict]",
}


def panel(workspace: Workspace) -> None:
    """Show the panel, or why there is none and what to do."""
    if not workspace.trusted:
        st.info("Git is not started in a Restricted folder. Trust the folder to see its branch, commit and push.", icon=":material/lock:")
        return
    gitwork.collect()
    seen = gitwork.look(workspace, _seen)
    _told()
    if isinstance(seen, NoRepository):
        _make(workspace, seen.message)
    elif isinstance(seen, WorkspaceError):
        st.warning(label(seen.message, most=900), icon=":material/shield:")
    else:
        servers.bar(workspace, seen)
        if seen.status.files:
            left, right = st.columns(2, gap="medium")
            with left:
                _files(workspace, seen)
            with right:
                _commit(workspace, seen)
        else:
            st.caption("Nothing differs from the last commit.")
        _log(workspace, seen)


async def _seen(git: Git) -> Snapshot:
    return await looking.snapshot(git, SHOWN_COMMITS)


def _told() -> None:
    page = state.page()
    with st.container():
        if page.git_problem:
            st.error(label(page.git_problem, most=900), icon=":material/error:")
        if page.git_notice:
            st.success(label(page.git_notice, most=600), icon=":material/check_circle:")


def _make(workspace: Workspace, why: str) -> None:
    st.info(label(why, most=400), icon=":material/info:")
    st.button(
        "Start a Git repository here", key=f"{state.GIT}init", icon=":material/add:", type="primary", on_click=_init, args=(workspace,)
    )


def _init(workspace: Workspace) -> None:
    page = state.page()
    page.git_problem = page.git_notice = ""
    done = gitwork.plainly(changing.make_repository(workspace))
    if isinstance(done, WorkspaceError):
        page.git_problem = done.message
    else:
        page.git_notice = "A repository was made. Tick the files of the first commit."


def _files(workspace: Workspace, seen: Snapshot) -> None:
    """List what differs; a tick means that the file is in the next commit."""
    files = seen.status.files
    with st.container(border=True, key="git_files"):
        staged = len(seen.status.staged)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**In the next commit** · :gray[{staged} of {count(len(files), 'file')}]")
            with st.container(horizontal=True, width="content", gap="small"):
                st.button("All", key=STAGE_ALL, disabled=staged == len(files), on_click=_stage_all, args=(workspace, _paths(files)))
                st.button("None", key=UNSTAGE_ALL, disabled=not staged, on_click=_unstage, args=(workspace, _paths(seen.status.staged)))
        with st.container(height=230 if len(files) > 6 else "content", border=False, gap=None):
            for file in files[:SHOWN_FILES]:
                _file(workspace, file)
        if len(files) > SHOWN_FILES or not seen.status.complete:
            st.caption(f"The first {SHOWN_FILES} are shown; All takes {'these' if not seen.status.complete else 'every one'}.")
        _difference(workspace, files[:SHOWN_FILES])


def _file(workspace: Workspace, file: FileStatus) -> None:
    key = f"{FILE}{_short(file.path)}_{state.page().git_edition}"
    st.session_state.setdefault(key, file.staged not in (Mark.NONE, Mark.CONFLICT))
    mark = file.staged if file.staged is not Mark.NONE else file.unstaged
    partly = " :gray[more changed since]" if file.staged is not Mark.NONE and file.unstaged is not Mark.NONE else ""
    st.checkbox(f"{label(file.path, most=90)} {_MARKS.get(mark, '')}{partly}", key=key, on_change=_tick, args=(workspace, file, key))


def _difference(workspace: Workspace, files: tuple[FileStatus, ...]) -> None:
    by_name = {file.path: file for file in files}
    chosen = st.selectbox(
        "Difference",
        list(by_name),
        index=None,
        key=SHOWN_FILE,
        format_func=lambda path: plain(str(path), 90),
        placeholder="Show a difference",
    )
    if chosen is None or chosen not in by_name:
        return
    file = by_name[chosen]

    async def read(git: Git) -> str:
        return await looking.difference(git, file.path, staged=file.staged not in (Mark.NONE, Mark.CONFLICT))

    found = gitwork.look(workspace, read)
    if isinstance(found, WorkspaceError):
        st.caption(label(found.message, most=400))
    elif not found:
        st.caption("A new file; tick it to see it as it will be committed.")
    else:
        shown, missing = excerpt(found.splitlines())
        st.code(shown, language="diff", height=320)
        if missing:
            st.caption(missing)


def _commit(workspace: Workspace, seen: Snapshot) -> None:
    page = state.page()
    staged = seen.status.staged
    paths = _paths(staged)
    if page.git_asked:
        page.git_message, page.git_message_for, page.git_asked = page.git_asked, paths, ""
        st.session_state[MESSAGE] = page.git_message
    elif page.git_message_for != paths and str(state.value(MESSAGE) or "") in ("", page.git_message):
        page.git_message, page.git_message_for = draft_message(staged, page.verdict), paths
        st.session_state[MESSAGE] = page.git_message
    with st.container(border=True, key="git_commit_panel"):
        st.text_area(
            "Message", key=MESSAGE, height=200, max_chars=changing.MAX_MESSAGE, help="Drafted from the staged files; edit it as you like."
        )
        if not all(seen.identity):
            st.caption(
                "Who makes this commit? Git knows no name and address for you. Both go into the commits you make here and into nothing "
                "else; `git config --global user.name` and `user.email` in a terminal set them for good."
            )
            left, right = st.columns(2)
            left.text_input("Your name", key=gitwork.NAME, persist_state="session", max_chars=100)
            right.text_input("Your address", key=gitwork.EMAIL, persist_state="session", max_chars=200)
        secrets = _secrets(workspace) if staged else ()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                f"Commit {count(len(staged), 'file')}" if staged else "Commit",
                key=COMMIT,
                type="primary",
                icon=":material/check:",
                disabled=not staged or not all(state.value(f"{LET}{secret.id}") for secret in secrets),
                on_click=_do_commit,
                args=(workspace, tuple(secret.id for secret in secrets)),
            )
            if not sidebar.resolved().stands_in:
                st.button(
                    "Ask for a draft",
                    key=f"{state.GIT}draft",
                    icon=":material/edit_note:",
                    disabled=not staged,
                    help="A ready member of the preset drafts the message. It is told the staged difference with secrets masked.",
                    on_click=_ask,
                    args=(workspace, staged),
                )
        if seen.status.unfinished:
            merge = seen.status.unfinished == "a merge"
            ways = "Abort it, or finish it" if merge else "Finish or abort it"
            st.warning(f"There is {seen.status.unfinished} that was begun and not ended. {ways} in a terminal first.")
            if merge:
                st.button(
                    "Abort the merge", key=f"{state.GIT}abort_merge", icon=":material/undo:", on_click=_abort_merge, args=(workspace,)
                )


def _secrets(workspace: Workspace) -> tuple[Secret, ...]:
    """Name what the commit would hold, each with its own tick to let it through."""
    found = gitwork.look(workspace, changing.staged_secrets)
    if isinstance(found, WorkspaceError):
        return ()  # a conflict: the commit itself says so
    if found:
        st.error(f"The commit would hold {count(len(found), 'secret')}. Take them out, or let each through.", icon=":material/key:")
    for secret in found:
        place = f"{secret.path}, line {secret.line}" if secret.line else secret.path
        st.checkbox(
            f"Let through: {label(secret.kind, most=60)} in {label(place, most=120)}",
            key=f"{LET}{secret.id}",
            help=label(secret.why, most=200),
        )
    return found


def _log(workspace: Workspace, seen: Snapshot) -> None:
    if not seen.commits:
        return
    with st.container(border=True, key="git_log"):
        st.markdown("**Log**")
        html.show(drawing(seen.commits, seen.status.head))
    base = next(
        (ref for ref in seen.branches if ref.name.startswith("refs/remotes/") and ref.short.rpartition("/")[2] in ("main", "master")), None
    )
    if base is None or not seen.status.branch or seen.status.branch == base.short.rpartition("/")[2]:
        return
    with st.expander(
        f"Request to merge {label(seen.status.branch, most=60)}: a description to copy", icon=":material/call_merge:", key="git_request"
    ):
        ahead = _ahead(seen, base.commit)
        touched = gitwork.look(workspace, lambda git: looking.changed_between(git, base.name, "HEAD"))
        st.code(
            draft_request(seen.status.branch, ahead, () if isinstance(touched, WorkspaceError) else touched, state.page().verdict),
            language="markdown",
        )


def _ahead(seen: Snapshot, base: str) -> list[Commit]:
    """Return the commits shown that lead from the base to where the branch is."""
    by_id = {commit.id: commit for commit in seen.commits}
    found, waiting, below = [], [seen.status.head], {base}
    behind = [base]
    while behind:
        here = by_id.get(behind.pop())
        for parent in here.parents if here else ():
            if parent not in below:
                below.add(parent)
                behind.append(parent)
    while waiting:
        here = by_id.get(waiting.pop())
        if here is not None and here.id not in below:
            below.add(here.id)
            found.append(here)
            waiting.extend(here.parents)
    return found


def _tick(workspace: Workspace, file: FileStatus, key: str) -> None:
    wanted = bool(state.value(key))
    work = _staging([file.path]) if wanted else _unstaging([file.path])
    if not gitwork.act(workspace, f"{'Stage' if wanted else 'Unstage'} {file.path}", work):
        _redraw()
    state.page().git_notice = ""


def _stage_all(workspace: Workspace, paths: tuple[str, ...]) -> None:
    named = [path for path in paths if changing.nameable(path)]
    done = gitwork.act(workspace, f"Stage {count(len(named), 'file')}", _staging(named))
    state.page().git_notice = ""
    if done and (left := [path for path in paths if path not in named]):
        names = ", ".join(repr(path) for path in left[:3])
        state.page().git_problem = (
            f"{count(len(left), 'file')} left out, since a name holds control or invisible characters: {names}. Rename it, then tick it."
        )
    _redraw()


def _unstage(workspace: Workspace, paths: tuple[str, ...]) -> None:
    gitwork.act(workspace, f"Unstage {count(len(paths), 'file')}", _unstaging(list(paths)))
    state.page().git_notice = ""
    _redraw()


def _redraw() -> None:
    """Let the ticks be drawn from what Git says, not from what was ticked."""
    state.page().git_edition += 1


def _staging(paths: list[str]) -> Work:
    async def work(git: Git) -> str:
        await changing.stage(git, paths)
        return f"Staged {count(len(paths), 'file')}"

    return work


def _unstaging(paths: list[str]) -> Work:
    async def work(git: Git) -> str:
        await changing.unstage(git, paths)
        return f"Unstaged {count(len(paths), 'file')}"

    return work


def _do_commit(workspace: Workspace, secrets: tuple[str, ...]) -> None:
    message = str(state.value(MESSAGE) or "")
    let = {identity for identity in secrets if state.value(f"{LET}{identity}")}

    async def work(git: Git) -> str:
        made = await changing.commit(git, message, let)
        return f"Committed {made.id[:7]}: {plain(made.subject, 100)}"

    if gitwork.act(workspace, "Commit", work):
        page = state.page()
        page.git_message, page.git_message_for = "", ()
        st.session_state[MESSAGE] = ""
        _redraw()


def _abort_merge(workspace: Workspace) -> None:
    async def work(git: Git) -> str:
        await merging.abort(git)
        return "The merge was aborted; the files are as the last commit has them."

    gitwork.act(workspace, "Abort the merge", work)
    _redraw()


def _ask(workspace: Workspace, staged: tuple[FileStatus, ...]) -> None:
    page, found, tuning = state.page(), sidebar.resolved(), sidebar.tuning()
    drafted = draft_message(staged, page.verdict)
    keys = {vendor: dict(held) for vendor, held in page.keys.items()}

    async def work(git: Git, tell: LineListener) -> str:
        tell("reading the staged files")
        pieces = [await looking.difference(git, file.path, staged=True) for file in staged[:SHOWN_FILES]]
        tell("asking")
        page.git_asked = await ask_for_message("\n".join(pieces), drafted, found.preset, settings(), keys, tuning)
        return "A message was drafted; read it before you commit."

    gitwork.begin(workspace, "Drafting the message", work)


def _paths(files: tuple[FileStatus, ...]) -> tuple[str, ...]:
    return tuple(file.path for file in files)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
