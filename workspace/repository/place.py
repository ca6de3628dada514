"""Where a repository keeps its data: beside the files, or in the main repository of a linked worktree; anything else is refused."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workspace.errors import NoRepository, RepositoryRefused
from workspace.files import Workspace

_LIMIT = 4_096
_UNFINISHED = (
    ("MERGE_HEAD", "a merge"),
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("BISECT_LOG", "a bisection"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A repository's folders: `git_dir` is this worktree's, `common_dir` the one with the settings; `work_tree` holds the files."""

    work_tree: Path
    git_dir: Path
    common_dir: Path

    @property
    def settings_files(self) -> tuple[Path, ...]:
        """Return the files of settings that Git would read for this repository, whether they are there or not."""
        return (self.common_dir / "config", self.git_dir / "config.worktree", self.common_dir / "config.worktree")

    @property
    def unfinished(self) -> str:
        """Return in words what was begun in this repository and not ended, "" where nothing was."""
        return next((words for name, words in _UNFINISHED if (self.git_dir / name).exists()), "")


def find_place(workspace: Workspace) -> Place:
    """Return where the folder's repository is. Raises NoRepository, RepositoryRefused for a pointer that leads astray."""
    top = workspace.root.path
    pointer = top / ".git"
    try:
        state = pointer.lstat()
    except OSError as error:
        raise NoRepository(_no_repository(top)) from error
    if stat.S_ISLNK(state.st_mode):
        raise RepositoryRefused("'.git' is a symbolic link. Links are not followed: open the repository it belongs to.")
    if stat.S_ISDIR(state.st_mode):
        if (pointer / "commondir").exists():
            raise RepositoryRefused("'.git' takes its settings from another folder ('commondir'), which only a linked worktree may do.")
        if not (pointer / "HEAD").exists():
            raise NoRepository("'.git' holds no repository: it has no HEAD. Remove it and make a repository here, or clone it again.")
        return Place(top, pointer, pointer)
    return _worktree(top, pointer)


def _worktree(top: Path, pointer: Path) -> Place:
    """Follow `.git` where it is a file, if the folder it names agrees that this is its worktree, as Git itself writes it."""
    text = _read(pointer)
    if text.startswith("gitdir: "):
        git_dir = (top / text.removeprefix("gitdir: ")).resolve()
        back = _read(git_dir / "gitdir")
        common = (git_dir / _read(git_dir / "commondir")).resolve()
        if back and Path(back).parent.resolve() == top and git_dir.parent == common / "worktrees":
            return Place(top, git_dir, common)
    raise RepositoryRefused(
        "'.git' is a file that points elsewhere, and that place does not name this folder as its worktree (a submodule does not, either). "
        "Open the main repository instead."
    )


def _read(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError, ValueError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return os.read(handle, _LIMIT).decode().strip()
        finally:
            os.close(handle)
    return ""


def _no_repository(top: Path) -> str:
    above = next((folder for folder in top.parents if (folder / ".git").exists()), None)
    if above is not None:
        return f"This folder lies inside the repository {above}, but is not its top. Open {above} to use Git, or make a repository here."
    return "This folder is no Git repository yet. Start one here to keep versions, or open a folder that has one."
