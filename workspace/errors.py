"""The workspace's one tree of errors; every message says what was seen, what it means and what to do.

WorkspaceError
├── InvalidPath            the text cannot name a file: empty, NUL, too long
├── OutsideWorkspace       absolute, `..`, or a symbolic link on the way
├── NotFound               nothing there
├── NotAFolder             a folder was expected
├── NotAFile               a regular file was expected (folder, FIFO, socket, device)
├── NotReadable            the operating system refuses
├── Denied                 a file that usually holds secrets, or a tool's own data
├── TooLarge               above the cap
├── BinaryFile             text was expected
├── WorkspaceGone          the opened folder was moved, deleted or replaced
├── Restricted             the folder is not trusted: nothing is written or run in it
├── WriteRefused           a path or target that is never written
├── WriteFailed            the disk or the operating system failed while writing
├── ChangedOnDisk          the file is not the one the user saw
├── JournalProblem         a record of an earlier change is missing, damaged or of another workspace
└── ProgramFailed          another program cannot be started, or failed at what it was asked
    ├── NoEngine           neither Docker nor Podman can be used here
    ├── EngineFailed       the container engine refused or failed
    ├── NoProgram          a program is not installed; the message says how to get it
    ├── CommandRefused     a command line that no template allows
    └── GitFailed          Git refused or failed
        ├── NoRepository       the folder is no repository, or not the top of one
        ├── RepositoryRefused  its own settings would run other programs
        ├── InvalidName        a branch, tag, remote or address that is not used
        ├── NoIdentity         nobody to name as the author
        ├── SecretsFound       a commit would hold secrets
        ├── Diverged           both sides have commits the other lacks
        └── MergeConflict      both sides changed the same places
"""

from __future__ import annotations

from typing import Any


class WorkspaceError(Exception):
    """Base of everything this room raises; `path` is relative to the workspace ("" where none applies)."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class InvalidPath(WorkspaceError):
    """The text cannot name a file."""


class OutsideWorkspace(WorkspaceError):
    """The path leads, or could lead, out of the workspace."""


class NotFound(WorkspaceError):
    """Nothing exists under this path."""


class NotAFolder(WorkspaceError):
    """A folder was expected and something else is there."""


class NotAFile(WorkspaceError):
    """A regular file was expected and something else is there."""


class NotReadable(WorkspaceError):
    """The operating system refuses access."""


class Denied(WorkspaceError):
    """A file the program does not open because of what it usually holds."""


class TooLarge(WorkspaceError):
    """The file or content is above the cap."""


class BinaryFile(WorkspaceError):
    """The file is not text."""


class WorkspaceGone(WorkspaceError):
    """The folder that was opened is not there any more."""


class Restricted(WorkspaceError):
    """The folder is not trusted, so nothing may be written or run in it."""


class WriteRefused(WorkspaceError):
    """The target is one the program never writes."""


class WriteFailed(WorkspaceError):
    """The operating system failed while writing; the file is as it was before."""


class ChangedOnDisk(WorkspaceError):
    """The file differs from the content the user has seen."""


class JournalProblem(WorkspaceError):
    """A record of an earlier change cannot be used."""


class ProgramFailed(WorkspaceError):
    """Another program cannot be started, or failed at what it was asked."""


class NoEngine(ProgramFailed):
    """No container engine can be used; the message says what was tried and how to get one."""


class EngineFailed(ProgramFailed):
    """The container engine refused or failed; the message carries its own last words."""


class NoProgram(ProgramFailed):
    """A program is not installed where programs are looked for."""


class CommandRefused(ProgramFailed):
    """The command line is not one that the catalogue allows."""


class GitFailed(ProgramFailed):
    """Git refused or failed; the message says it in a user's words, `said` in its own."""

    def __init__(self, message: str, path: str = "", said: str = "") -> None:
        super().__init__(message, path)
        self.said = said


class NoRepository(GitFailed):
    """There is no repository whose top this folder is."""


class RepositoryRefused(GitFailed):
    """The repository's own settings would make Git run other programs."""


class InvalidName(GitFailed):
    """The text is no name or address that is given to Git."""


class NoIdentity(GitFailed):
    """Git knows no name and address for the author of a commit."""


class SecretsFound(GitFailed):
    """The commit would hold secrets that nobody let through."""


class Diverged(GitFailed):
    """Both sides have commits that the other lacks."""


class MergeConflict(GitFailed):
    """Both sides changed the same places; nothing was changed. `conflicts` holds a `Conflict` for each file."""

    def __init__(self, message: str, conflicts: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.conflicts = conflicts
