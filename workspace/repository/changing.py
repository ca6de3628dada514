"""Changing a repository on this machine: staging, commits, branches, tags, the stash. What was shown is what is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from workspace.errors import GitFailed, InvalidName, NoIdentity, SecretsFound, WorkspaceError
from workspace.files import Workspace
from workspace.paths import join, shown, split_for_writing
from workspace.processes import run
from workspace.repository import words
from workspace.repository.looking import status_of
from workspace.repository.names import branch_name
from workspace.repository.program import LOCAL_S, Git, clean_environment, git_program, user_settings
from workspace.repository.records import Secret
from workspace.repository.screening import secrets_in
from workspace.repository.settings import HARDENED
from workspace.trust import Act

MAX_MESSAGE = 20_000
_PATHS = ("--pathspec-from-file=-", "--pathspec-file-nul")
_NOTHING = "0" * 40


@dataclass(frozen=True, slots=True)
class Committed:
    """A new commit, its subject, and the secrets that were let through deliberately."""

    id: str
    subject: str
    let_through: tuple[Secret, ...] = ()


async def make_repository(workspace: Workspace) -> None:
    """Make a repository of the folder, with the user's usual first branch. Raises Restricted, GitFailed."""
    workspace.allow(Act.GIT)
    program, top = await git_program(workspace.root.path), workspace.root.path
    user = await user_settings(program, top)
    try:
        first = branch_name(user.branch)
    except InvalidName:
        first = "main"
    argv = [program, f"--git-dir={top / '.git'}", f"--work-tree={top}", "init", "--quiet", "--template=", f"--initial-branch={first}"]
    ended = await run(argv, env=clean_environment(top, user, "", HARDENED), limit_s=LOCAL_S, with_errors=False, cwd=str(top))
    if not ended.ok:
        raise words.failure("init", ended.errors)


def nameable(path: str) -> bool:
    """Tell whether a path is one that is staged here: names with control or invisible characters are left to a terminal."""
    try:
        _path(path)
    except WorkspaceError:
        return False
    return True


async def stage(git: Git, paths: Sequence[str]) -> None:
    """Put files as they are on disk (or their deletion) into the next commit.

    Raises GitFailed for a file that a filter such as Git LFS would have to go through, since no filter is run here.
    """
    clean = [_path(path) for path in paths]
    if not clean:
        return
    given = "\0".join(clean).encode()
    fields = (await git.ask("check-attr", "-z", "--stdin", "filter", given=given + b"\0")).split("\0")
    for path, value in zip(fields[0::3], fields[2::3], strict=False):
        if value not in ("unspecified", "unset"):
            raise GitFailed(
                f"{shown(path)} goes through the filter '{value}' (Git LFS is one), and none is run here. Stage it in a terminal.",
                path,
            )
    await git.ask("add", "--all", *_PATHS, given=given)


async def unstage(git: Git, paths: Sequence[str]) -> None:
    """Take files out of the next commit; they stay as they are on disk."""
    clean = [_path(path) for path in paths]
    if clean:
        await git.ask("reset", "--quiet", *_PATHS, given="\0".join(clean).encode())


async def staged_secrets(git: Git) -> tuple[Secret, ...]:
    """Return the secrets that the next commit would add."""
    return await secrets_in(git, (await git.ask("write-tree")).strip(), await _base(git))


async def commit(git: Git, message: str, let_through: Collection[str] = ()) -> Committed:
    """Commit what is staged, exactly as it was searched for secrets: the tree is made first, and the branch moves to it last.

    Raises SecretsFound unless every finding's id is in `let_through`, NoIdentity, and GitFailed where nothing is staged or
    something is unfinished. No hook is run and nothing is signed.
    """
    text = "\n".join(line.rstrip() for line in message.replace("\0", "").splitlines()).strip()
    if not text:
        raise GitFailed("The message is empty. Say in a line what the commit does.")
    if len(text) > MAX_MESSAGE:
        raise GitFailed(f"The message has {len(text):,} characters; at most {MAX_MESSAGE:,} are kept.")
    if not all(git.identity):
        raise NoIdentity("Git knows no name and address for you. Give both here, or set them for Git (user.name, user.email).")
    if git.place.unfinished:
        raise GitFailed(f"There is {git.place.unfinished} that was begun and not ended. Finish or abort it in a terminal first.")
    status = await status_of(git)
    if status.conflicts:
        raise GitFailed(f"In conflict: {', '.join(shown(path) for path in status.conflicts[:5])}. Resolve and stage them first.")
    tree, base = (await git.ask("write-tree")).strip(), await _base(git)
    if tree == (await git.ask("rev-parse", f"{base}^{{tree}}")).strip():
        raise GitFailed("Nothing is staged, so there is nothing to commit. Tick the files that belong into the commit.")
    secrets = await secrets_in(git, tree, base)
    stopped = [secret for secret in secrets if secret.id not in let_through]
    if stopped:
        named = "; ".join(
            f"{secret.kind} in {shown(secret.path)}" + (f", line {secret.line}" if secret.line else "") for secret in stopped[:5]
        )
        raise SecretsFound(f"The commit would hold secrets: {named}. Take them out, or let each of them through deliberately.")
    parent = ("-p", status.head) if status.head else ()
    made = (await git.ask("commit-tree", tree, *parent, "-F", "-", given=text.encode("utf-8", "replace") + b"\n")).strip()
    subject = text.splitlines()[0]
    await git.ask("update-ref", "-m", f"commit: {subject[:100]}", "HEAD", made, status.head or _NOTHING)
    return Committed(made, subject, secrets)


async def create_branch(git: Git, name: str) -> str:
    """Make a branch where one stands and switch to it; files stay as they are. Raises InvalidName."""
    clean = branch_name(name)
    await _refuse_existing(git, f"refs/heads/{clean}", clean)
    if (await status_of(git)).head:
        await git.ask("switch", "--no-recurse-submodules", "--no-track", "--create", clean)
    else:
        await git.ask("symbolic-ref", "HEAD", f"refs/heads/{clean}")
    return clean


async def switch(git: Git, name: str) -> str:
    """Switch to a branch that exists here; Git refuses where it would overwrite a change. Raises InvalidName."""
    clean = branch_name(name)
    if not (await git.call("show-ref", "--verify", "--quiet", f"refs/heads/{clean}")).ok:
        raise InvalidName(f"There is no branch {shown(clean)} here. Make it, or choose one from the list.")
    await git.ask("switch", "--no-recurse-submodules", "--no-guess", clean)
    return clean


async def create_tag(git: Git, name: str, message: str = "") -> str:
    """Put a tag on the last commit, with a message where one is given. Raises InvalidName, NoIdentity."""
    clean = branch_name(name)
    await _refuse_existing(git, f"refs/tags/{clean}", clean)
    text = message.replace("\0", "").strip()[:MAX_MESSAGE]
    if text and not all(git.identity):
        raise NoIdentity("A tag with a message names its author, and Git knows none for you. Give name and address, or no message.")
    if text:
        await git.ask("tag", "--annotate", "--no-sign", "-F", "-", clean, "HEAD", given=text.encode("utf-8", "replace"))
    else:
        await git.ask("update-ref", f"refs/tags/{clean}", (await git.ask("rev-parse", "--verify", "HEAD^{commit}")).strip(), _NOTHING)
    return clean


async def stash(git: Git, message: str = "") -> None:
    """Put every change aside, new files too, and leave the files as the last commit has them."""
    if not all(git.identity):
        raise NoIdentity("The stash keeps commits, and Git knows no name and address for you. Give both here, or set them once for Git.")
    text = " ".join(message.split())[:200]
    ended = await git.call("stash", "push", "--include-untracked", *(("-m", text) if text else ()))
    if not ended.ok or "No local changes" in ended.output:
        raise words.failure("stash", [*ended.output.splitlines(), *ended.errors])


async def unstash(git: Git, number: int = 0) -> None:
    """Bring back what was put aside and forget it there; where it no longer fits, it stays in the stash and nothing changes.

    Raises GitFailed naming what stands in the way.
    """
    if (await status_of(git)).files:
        raise GitFailed("There are changes here already. Commit them or put them aside first, so that nothing is mixed up.")
    ended = await git.call("stash", "pop", "--quiet", f"stash@{{{max(0, int(number))}}}")
    if ended.ok:
        return
    status = await status_of(git)
    if status.conflicts:
        # the stash is kept by Git in this case; the tree was clean, so going back to the last commit loses nothing
        await git.ask("reset", "--quiet", "--hard", "HEAD")
        raise GitFailed(
            f"It does not fit any more: {', '.join(shown(path) for path in status.conflicts[:5])} changed since. It stays in the stash; "
            "switch to the branch it was made on and bring it back there."
        )
    raise words.failure("stash", ended.errors)


def _path(path: str) -> str:
    """Return a path that may be handed to Git: inside the workspace, a file's, never version-control data."""
    return join(*split_for_writing(path))


async def _base(git: Git) -> str:
    """Return the last commit, or the empty tree before the first."""
    found = await git.call("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return found.output.strip() if found.ok else (await git.ask("hash-object", "-t", "tree", "--stdin", "-w")).strip()


async def _refuse_existing(git: Git, reference: str, name: str) -> None:
    if (await git.call("show-ref", "--verify", "--quiet", reference)).ok:
        raise InvalidName(f"{shown(name)} exists already. Choose another name.")
