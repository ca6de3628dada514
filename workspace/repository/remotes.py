"""Reaching other machines: clone, fetch, pull, push. Credentials are Git's own helpers' business and are never seen or kept here."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from workspace.errors import Diverged, GitFailed, InvalidName
from workspace.paths import shown
from workspace.processes import Ended, LineListener, run
from workspace.repository import words
from workspace.repository.changing import create_branch
from workspace.repository.looking import address_of, changed_between, status_of
from workspace.repository.names import address, branch_name, remote_name
from workspace.repository.program import NETWORK_S, Git, clean_environment, git_program, user_settings
from workspace.repository.settings import HARDENED

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: how many commits, and the files they changed; nothing where all was there."""

    commits: int
    files: tuple[str, ...] = ()


async def clone(url: str, parent: Path, name: str = "", *, on_line: LineListener | None = None, limit_s: float = NETWORK_S) -> Path:
    """Clone an address into a new folder below `parent` and return it; half a clone never stays. Its files are looked at, not run.

    The folder is Restricted like any other when it is opened. Submodules are left out. Raises InvalidName, NoProgram, GitFailed.
    """
    source = address(url, new=True)
    wanted = name.strip() or source.path.rpartition("/")[2].removesuffix(".git")
    if not _NAME.fullmatch(wanted) or wanted.endswith(".lock"):
        raise InvalidName(f"{shown(wanted)} cannot be the new folder's name. Use letters, digits, '.', '_' and '-'.")
    target = (await asyncio.to_thread(_resolved, parent)) / wanted
    if target.exists() or target.is_symlink():
        raise GitFailed(f"{target} is there already. Open it, or clone under another name.")
    program = await git_program()
    user = await user_settings(program)
    half = target.with_name(f".omni-clone-{secrets.token_hex(6)}")
    try:
        await asyncio.to_thread(half.parent.mkdir, parents=True, exist_ok=True)
        argv = [program, "clone", "--progress", "--template=", "--no-recurse-submodules", "--no-local", "--origin", "origin"]
        ended = await run(
            [*argv, "--", source.url, str(half)],
            env=clean_environment(half, user, source.scheme, HARDENED),
            limit_s=limit_s,
            on_line=on_line,
            with_errors=False,
        )
        _succeeded("clone", ended)
        os.rename(half, target)
    except OSError as error:
        raise GitFailed(f"{target} could not be made: {(error.strerror or 'unknown reason').lower()}. Choose another place.") from error
    finally:
        await asyncio.to_thread(shutil.rmtree, half, ignore_errors=True)
    return target


async def fetch(git: Git, remote: str = "origin", *, on_line: LineListener | None = None) -> None:
    """Bring a remote's branches and tags here, beside one's own, which stay as they are."""
    url = await address_of(git, remote)
    argv = ("fetch", "--progress", "--prune", "--no-recurse-submodules", "--no-auto-maintenance", "--refmap=")
    refs = f"+refs/heads/*:refs/remotes/{remote_name(remote)}/*"
    _succeeded("fetch", await git.call(*argv, "--", url, refs, remote=address(url).scheme, on_line=on_line))


async def pull(git: Git, remote: str = "origin", *, on_line: LineListener | None = None) -> Pulled:
    """Fetch and move the branch forward, where that needs no merge.

    Raises Diverged where both sides have commits, naming the files both changed and the ways out; then only the fetch was done.
    """
    await fetch(git, remote, on_line=on_line)
    status = await status_of(git)
    theirs = await theirs_of(git, remote, status.branch)
    if not status.head:
        await git.ask("merge", "--ff-only", theirs)
        return Pulled(1)
    ahead, behind = await count_apart(git, theirs)
    if not behind:
        return Pulled(0)
    if ahead:
        raise await _diverged(git, theirs, ahead, behind)
    files = await changed_between(git, status.head, theirs)
    await git.ask("merge", "--ff-only", "--no-stat", theirs)
    return Pulled(behind, files)


async def set_aside(git: Git, name: str) -> str:
    """Put one's own commits on a branch of their own and switch to it: the way out that loses nothing."""
    return await create_branch(git, name)


async def push(git: Git, remote: str = "origin", *, tag: str = "", on_line: LineListener | None = None) -> str:
    """Push the branch (or one tag) under its own name, never by force, and return what was pushed where, in words."""
    url = await address_of(git, remote, pushing=True)
    place = address(url)
    status = await status_of(git)
    if tag:
        reference, name = f"refs/tags/{branch_name(tag)}", f"the tag {tag}"
    elif status.branch and status.head:
        reference, name = f"refs/heads/{branch_name(status.branch)}", status.branch
    else:
        raise GitFailed("There is no branch with a commit to push. Commit something on a branch first.")
    argv = ("push", "--porcelain", "--progress", "--no-verify", "--no-signed", "--no-recurse-submodules", "--no-follow-tags")
    ended = await git.call(*argv, "--", url, f"{reference}:{reference}", remote=place.scheme, on_line=on_line)
    if not ended.ok:
        raise words.failure("push", [*ended.output.splitlines(), *ended.errors])
    if not tag:
        # what a push by the remote's name would have noted: where the branch stands there, and that it belongs together
        await git.ask("update-ref", f"refs/remotes/{remote}/{status.branch}", status.head)
        await git.ask("config", "--local", f"branch.{status.branch}.remote", remote)
        await git.ask("config", "--local", f"branch.{status.branch}.merge", reference)
    return f"Pushed {name} to {place.shown}."


async def add_remote(git: Git, url: str, name: str = "origin") -> None:
    """Note an address under a name; nothing is reached yet. Raises InvalidName."""
    place, clean = address(url, new=True), remote_name(name)
    await git.ask("remote", "add", clean, place.url)


def _resolved(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


async def theirs_of(git: Git, remote: str, branch: str) -> str:
    """Return the reference under which the remote's branch of this name was fetched."""
    if not branch:
        raise GitFailed("You are on no branch, so there is nothing to bring up to date. Switch to a branch first.")
    reference = f"refs/remotes/{remote_name(remote)}/{branch_name(branch)}"
    if not (await git.call("show-ref", "--verify", "--quiet", reference)).ok:
        raise GitFailed(f"{remote} has no branch {shown(branch)} yet. Push yours first.")
    return reference


async def count_apart(git: Git, theirs: str) -> tuple[int, int]:
    """Return how many commits only we have, and how many only they have."""
    ahead, behind = (await git.ask("rev-list", "--left-right", "--count", f"HEAD...{theirs}", "--")).split()
    return int(ahead), int(behind)


async def fork_of(git: Git, theirs: str) -> str:
    """Return the last commit that both have."""
    ended = await git.call("merge-base", "HEAD", theirs)
    if not ended.ok:
        raise GitFailed("The two histories have nothing in common, so they are not merged. Check that this is the right remote.")
    return ended.output.strip()


async def _diverged(git: Git, theirs: str, ahead: int, behind: int) -> Diverged:
    fork = await fork_of(git, theirs)
    both = sorted(set(await changed_between(git, fork, "HEAD")) & set(await changed_between(git, fork, theirs)))
    touched = f" Both changed {', '.join(shown(path) for path in both[:5])}." if both else " They changed different files."
    return Diverged(
        f"Both sides moved: you have {ahead} commit{'s' * (ahead != 1)} the server lacks, and it has {behind} you lack.{touched} "
        "Merge theirs into yours, or put yours on a branch of its own and push that. Nothing was changed."
    )


def _succeeded(action: str, ended: Ended) -> None:
    if ended.timed_out:
        raise GitFailed(f"Git was stopped: '{action}' did not end in time. Try again, or look at the network.")
    if not ended.ok:
        raise words.failure(action, ended.errors or ended.tail)
