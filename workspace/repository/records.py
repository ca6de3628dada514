"""What a repository says of itself: frozen records, each with its meaning; times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What became of a file, in a word."""

    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"
    CONFLICT = "conflict"
    NONE = ""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file that differs: `staged` is what the next commit would do with it, `unstaged` what is not in that commit yet."""

    path: str
    staged: Mark
    unstaged: Mark


@dataclass(frozen=True, slots=True)
class Status:
    """Where the repository stands. `branch` is "" on no branch, `head` "" before the first commit; `upstream` is like origin/main.

    `ahead` and `behind` count commits against it as far as was fetched. `unfinished` says in words what was begun and not ended.
    """

    branch: str
    head: str
    upstream: str
    ahead: int
    behind: int
    files: tuple[FileStatus, ...]
    unfinished: str = ""
    complete: bool = True

    @property
    def staged(self) -> tuple[FileStatus, ...]:
        """Return the files that the next commit would hold."""
        return tuple(file for file in self.files if file.staged not in (Mark.NONE, Mark.CONFLICT))

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Return the files that both sides changed and nobody has resolved."""
        return tuple(file.path for file in self.files if Mark.CONFLICT in (file.staged, file.unstaged))


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `names` are the branches and tags that stand on it, as full references."""

    id: str
    parents: tuple[str, ...]
    author: str
    when: float
    subject: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A branch, a remote's branch or a tag: its full name, its short name, and the commit's subject."""

    name: str
    short: str
    commit: str
    when: float
    subject: str
    current: bool = False
    upstream: str = ""


@dataclass(frozen=True, slots=True)
class Stashed:
    """Work that was put aside; `number` 0 is the newest."""

    number: int
    when: float
    message: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that a commit would hold: never its text. `id` is what lets it through deliberately."""

    id: str
    path: str
    line: int
    kind: str
    why: str


class Side(StrEnum):
    """Which of two texts a merge keeps of a file that both sides changed."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that both sides changed in the same places. `mine` and `theirs` say what each did with it; `sides` are those that can be
    kept: both together only of text that is there on both. `difference` leads from mine to theirs, with secrets masked."""

    path: str
    mine: Mark
    theirs: Mark
    sides: tuple[Side, ...]
    difference: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the panel shows of a repository at one time; `remotes` pairs names with addresses that may be shown."""

    status: Status
    branches: tuple[Reference, ...]
    tags: tuple[Reference, ...]
    commits: tuple[Commit, ...]
    stashes: tuple[Stashed, ...]
    remotes: tuple[tuple[str, str], ...]
    identity: tuple[str, str]
