"""Delivery: the difference a user reviews, applied as one set, kept in a journal, and taken back on request."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workspace import confined, exchange
from workspace.confined import ABSENT, digest
from workspace.denied import denied_reason
from workspace.differences import Change, Hunk, Status, hunks_between, keep_hunks
from workspace.errors import ChangedOnDisk, Denied, JournalProblem, TooLarge, WorkspaceError, WorkspaceGone, WriteRefused
from workspace.exchange import MAX_FILE_BYTES, Step
from workspace.files import Workspace, decode
from workspace.journal import Journal, Record, State
from workspace.paths import join, parent, shown, split_for_writing
from workspace.trust import Act

__all__ = [
    "Applied",
    "Change",
    "Hunk",
    "Recovered",
    "State",
    "Status",
    "apply",
    "history",
    "keep_hunks",
    "plan_changes",
    "recover",
    "undo",
]

MAX_FILES = 200


@dataclass(frozen=True, slots=True)
class Applied:
    """One applied set in the history; `when` is seconds since 1970, `new` the paths the set made."""

    id: str
    paths: tuple[str, ...]
    new: tuple[str, ...]
    when: float
    state: State

    @property
    def can_undo(self) -> bool:
        """Tell whether the set is in force."""
        return self.state is State.APPLIED


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was done about an interrupted set: files brought back, and files left alone because someone edited them since."""

    id: str
    restored: tuple[str, ...]
    left: tuple[str, ...]


def plan_changes(workspace: Workspace, files: Mapping[str, str]) -> tuple[Change, ...]:
    """Compare new contents with the disk. A path that may not be written becomes a refused change; WorkspaceGone is raised."""
    return tuple(_plan_one(workspace, path, content) for path, content in files.items())


def apply(workspace: Workspace, changes: Sequence[Change], journal_dir: Path) -> Applied:
    """Write the changes as one set and return its entry in the history; unchanged ones are left out.

    Raises ChangedOnDisk when a file is not what the user saw, WriteRefused for a refused change or an empty set, and the
    other errors of a write (Restricted where the folder is not trusted); then nothing has changed.
    """
    workspace.allow(Act.WRITE)
    wanted = [change for change in changes if change.status is not Status.UNCHANGED]
    _check_set(wanted)
    steps = [Step(change.path, change.before_sha256, _encode(workspace, change)) for change in wanted]
    journal = Journal(journal_dir, workspace.root)
    with journal.locked():
        earlier: list[tuple[str, bytes | None, str]] = []
        for step in steps:
            found = exchange.look(workspace.root, step.path)
            confined.check_target(found, step.path, step.expected)
            earlier.append((step.path, found[0] if found else None, digest(step.data or b"")))
        record = journal.create(earlier, exchange.missing_folders(workspace.root, [step.path for step in steps]))
        try:
            exchange.exchange(workspace.root, steps, record.id)
        except exchange.NotRestored:
            raise
        except BaseException:
            exchange.remove_folders(workspace.root, record.folders)
            journal.remove(record)
            raise
        record = journal.mark(record, State.APPLIED)
        journal.prune()
    return _applied(record)


def undo(workspace: Workspace, applied_id: str, journal_dir: Path) -> Applied:
    """Restore every file of a set exactly, delete those it made and its folders where they are empty.

    Raises ChangedOnDisk when any of the files was edited since, JournalProblem and Restricted; then nothing has changed.
    """
    workspace.allow(Act.WRITE)
    journal = Journal(journal_dir, workspace.root)
    with journal.locked():
        record = journal.load(applied_id)
        if record.state is not State.APPLIED:
            raise JournalProblem(f"This change is {_STATE_WORDS[record.state]}, so there is nothing to undo.")
        _refuse_edited(workspace, record, journal)
        steps = [Step(file.path, file.after_sha256, journal.before(record, file)) for file in record.files]
        record = journal.mark(record, State.UNDOING)
        try:
            exchange.exchange(workspace.root, steps, record.id)
        except exchange.NotRestored:
            raise
        except BaseException:
            journal.mark(record, State.APPLIED)
            raise
        exchange.remove_folders(workspace.root, record.folders)
        return _applied(journal.mark(record, State.UNDONE))


def history(journal_dir: Path, workspace: Workspace) -> tuple[Applied, ...]:
    """Return the applied sets of this workspace, newest first."""
    return tuple(_applied(record) for record in Journal(journal_dir, workspace.root).records())


def recover(workspace: Workspace, journal_dir: Path) -> tuple[Recovered, ...]:
    """Take back every set that a crash interrupted: each file returns to its previous content unless someone edited it since."""
    journal = Journal(journal_dir, workspace.root)
    if not any(record.interrupted for record in journal.records()):
        return ()
    workspace.allow(Act.WRITE)
    with journal.locked():
        return tuple(_recover_one(workspace, journal, record) for record in journal.records() if record.interrupted)


_STATE_WORDS = {
    State.PREPARED: "interrupted; recover it first",
    State.UNDOING: "interrupted while it was undone; recover it first",
    State.UNDONE: "already undone",
    State.RECOVERED: "already taken back after an interruption",
}


def _plan_one(workspace: Workspace, path: str, content: str) -> Change:
    try:
        clean = _writable(path)
        found = exchange.look(workspace.root, clean)
        if found is None:
            return Change(clean, Status.NEW, "", content, ABSENT, hunks_between("", content))
        before = decode(found[0], clean)
        after = _with_line_ends_of(before, content)
        confined.check_target(found, clean, None)
    except WorkspaceGone:
        raise
    except WorkspaceError as error:
        return Change(path, Status.REFUSED, "", content, ABSENT, (), error.message)
    status = Status.UNCHANGED if after == before else Status.MODIFIED
    return Change(clean, status, before, after, digest(found[0]), hunks_between(before, after))


def _writable(path: str) -> str:
    clean = join(*split_for_writing(path))
    why = denied_reason(clean)
    if why:
        raise Denied(f"{shown(path)} is not written: {why}. Edit it yourself if you mean to.", path)
    return clean


def _check_set(wanted: list[Change]) -> None:
    if not wanted:
        raise WriteRefused("There is nothing to apply: every file is already as it should be.")
    if len(wanted) > MAX_FILES:
        raise WriteRefused(f"The set has {len(wanted)} files; at most {MAX_FILES} are written at once.")
    names = [_writable(change.path) for change in wanted if change.status is not Status.REFUSED]
    for change in wanted:
        if change.status is Status.REFUSED:
            raise WriteRefused(change.problem, change.path)
        above = parent(change.path)
        while above:
            if above in names:
                raise WriteRefused(f"{shown(above)} would be a file and a folder at once. Leave one of them out.", change.path)
            above = parent(above)
    if len(set(names)) < len(names):
        raise WriteRefused("The set names a file twice. Leave one of them out.")


def _encode(workspace: Workspace, change: Change) -> bytes:
    """Return the new bytes; a byte-order mark at the start of the existing file is kept."""
    data = change.after.encode("utf-8", "replace")
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge(
            f"The new content of {shown(change.path)} is {len(data):,} bytes; at most {MAX_FILE_BYTES:,} are written.", change.path
        )
    if change.status is Status.MODIFIED:
        found = exchange.look(workspace.root, change.path)
        if found is not None and found[0].startswith(codecs.BOM_UTF8):
            return codecs.BOM_UTF8 + data
    return data


def _with_line_ends_of(before: str, after: str) -> str:
    """Write the new text with the line ends the file already has."""
    plain = after.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if before.count("\r\n") * 2 > before.count("\n") else plain


def _refuse_edited(workspace: Workspace, record: Record, journal: Journal) -> None:
    edited = []
    for file in record.files:
        found = exchange.look(workspace.root, file.path)
        if (ABSENT if found is None else digest(found[0])) != file.after_sha256:
            edited.append(file.path)
    if not edited:
        return
    later = {file.path for other in journal.records() if other.when > record.when and other.state is State.APPLIED for file in other.files}
    names = ", ".join(shown(path) for path in edited)
    step = "Undo the later change first." if later.issuperset(edited) else "Nothing was undone, so that no edit is lost."
    raise ChangedOnDisk(f"{names} changed since this set was applied. {step}", edited[0])


def _recover_one(workspace: Workspace, journal: Journal, record: Record) -> Recovered:
    steps: list[Step] = []
    left: list[str] = []
    for file in record.files:
        found = exchange.look(workspace.root, file.path)
        now = ABSENT if found is None else digest(found[0])
        if now == file.after_sha256 and now != file.before_sha256:
            steps.append(Step(file.path, now, journal.before(record, file)))
        elif now != file.before_sha256:
            left.append(file.path)
        with suppress(WorkspaceError), workspace.root.folder(split_for_writing(file.path)[:-1]) as folder:
            confined.remove_temporaries(folder, record.id, 0)
    exchange.exchange(workspace.root, steps, record.id)
    exchange.remove_folders(workspace.root, record.folders)
    journal.mark(record, State.UNDONE if record.state is State.UNDOING else State.RECOVERED)
    return Recovered(record.id, tuple(step.path for step in steps), tuple(left))


def _applied(record: Record) -> Applied:
    return Applied(
        record.id,
        tuple(file.path for file in record.files),
        tuple(file.path for file in record.files if file.new),
        record.when,
        record.state,
    )
