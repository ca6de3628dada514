"""The journal of applied changes in the user's data folder: what each file held before, so that a change can be taken back."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from workspace.confined import ABSENT, Root, digest, reason
from workspace.errors import JournalProblem, WriteFailed

KEPT_RECORDS = 100
_RECORD = "record.json"
_LOCK_SECONDS = 10.0
_NEXT_STEP = "Set OMNI_DATA_DIR to a folder you own, or move what stands in the way."
_ABANDONED_SECONDS = 3600
_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{12}")


class State(StrEnum):
    """Where an applied set stands. PREPARED and UNDOING that outlive their process were interrupted: see deliver.recover."""

    PREPARED = "prepared"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of a set: digests before and after (ABSENT for none), and the name of the copy of its previous content."""

    path: str
    before_sha256: str
    after_sha256: str
    copy: str

    @property
    def new(self) -> bool:
        """Tell whether the set made this file."""
        return self.before_sha256 == ABSENT


@dataclass(frozen=True, slots=True)
class Record:
    """One applied set: `when` is seconds since 1970, `folders` those it made, shallow first."""

    id: str
    workspace: str
    when: float
    state: State
    files: tuple[FileRecord, ...]
    folders: tuple[str, ...] = ()

    @property
    def interrupted(self) -> bool:
        """Tell whether the set is neither applied nor taken back."""
        return self.state in (State.PREPARED, State.UNDOING)


class Journal:
    """The records of one workspace below the journal's folder; folders are 0700, files 0600."""

    def __init__(self, journal_dir: Path, root: Root) -> None:
        self._workspace = str(root.path)
        self._folder = journal_dir / hashlib.sha256(self._workspace.encode("utf-8", "surrogateescape")).hexdigest()[:20]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the journal for one change at a time, over threads and processes; WriteFailed after ten seconds of waiting."""
        try:
            self._make(self._folder)
            handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise WriteFailed(f"The journal {self._folder} cannot be written: {reason(error)}. {_NEXT_STEP}") from error
        try:
            deadline = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise WriteFailed("Another change is being written to this workspace. Try again in a moment.") from error
                    time.sleep(0.02)
            yield
        finally:
            os.close(handle)

    def create(self, files: list[tuple[str, bytes | None, str]], folders: tuple[str, ...]) -> Record:
        """Store the previous content of (path, content or None, digest after) and return the new record, PREPARED and on disk."""
        now = time.time()
        identifier = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}-{secrets.token_hex(6)}"
        target = self._folder / identifier
        records: list[FileRecord] = []
        try:
            self._make(target)
            for number, (path, before, after) in enumerate(files):
                copy = "" if before is None else f"{number}.before"
                if before is not None:
                    _write(target / copy, before)
                records.append(FileRecord(path, ABSENT if before is None else digest(before), after, copy))
            record = Record(identifier, self._workspace, now, State.PREPARED, tuple(records), folders)
            self._store(record)
            _sync(self._folder)
        except OSError as error:
            shutil.rmtree(target, ignore_errors=True)
            raise WriteFailed(f"The previous content could not be kept: {reason(error)}. Nothing was changed.") from error
        return record

    def mark(self, record: Record, state: State) -> Record:
        """Store a record's new state and return it."""
        changed = replace(record, state=state)
        try:
            self._store(changed)
        except OSError as error:
            raise WriteFailed(f"The journal could not be written: {reason(error)}.") from error
        return changed

    def remove(self, record: Record) -> None:
        """Forget a record and its copies."""
        shutil.rmtree(self._folder / record.id, ignore_errors=True)

    def load(self, identifier: str) -> Record:
        """Return one record; JournalProblem when it is missing, damaged or of another workspace."""
        if not _ID.fullmatch(identifier):
            raise JournalProblem("This is not the number of an applied change. Choose one from the history.")
        try:
            record = _parse((self._folder / identifier / _RECORD).read_bytes())
        except FileNotFoundError as error:
            raise JournalProblem("This change is not in the history of this workspace any more, so it cannot be taken back.") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise JournalProblem("The record of this change is damaged, so it cannot be taken back from here.") from error
        if record.id != identifier or record.workspace != self._workspace:
            raise JournalProblem("The record belongs to another workspace. Open that workspace to take the change back.")
        return record

    def records(self) -> tuple[Record, ...]:
        """Return all readable records, newest first; JournalProblem when the journal itself cannot be read."""
        found: list[Record] = []
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise JournalProblem(f"The journal {self._folder} cannot be read: {reason(error)}. {_NEXT_STEP}") from error
        for name in filter(_ID.fullmatch, names):
            with suppress(JournalProblem):
                found.append(self.load(name))
        return tuple(sorted(found, key=lambda record: record.when, reverse=True))

    def before(self, record: Record, file: FileRecord) -> bytes | None:
        """Return a file's previous content, None when there was none; JournalProblem when the copy is damaged."""
        if file.new:
            return None
        try:
            data = (self._folder / record.id / Path(file.copy).name).read_bytes()
        except OSError as error:
            raise JournalProblem(f"The previous content of '{file.path}' is missing from the journal.", file.path) from error
        if digest(data) != file.before_sha256:
            raise JournalProblem(f"The previous content of '{file.path}' in the journal is damaged.", file.path)
        return data

    def prune(self) -> None:
        """Forget the oldest finished records beyond the number that is kept, and copies whose record was never written."""
        records = self.records()
        for record in [record for record in records if not record.interrupted][KEPT_RECORDS:]:
            self.remove(record)
        with suppress(OSError):  # what is left behind costs nothing but room
            for name in os.listdir(self._folder):
                begun = self._folder / name
                if _ID.fullmatch(name) and not (begun / _RECORD).exists() and time.time() - begun.stat().st_mtime > _ABANDONED_SECONDS:
                    shutil.rmtree(begun, ignore_errors=True)

    def _store(self, record: Record) -> None:
        target = self._folder / record.id / _RECORD
        temporary = target.with_name(f"{_RECORD}.{secrets.token_hex(4)}")
        _write(temporary, json.dumps(asdict(record), ensure_ascii=True).encode())
        os.replace(temporary, target)
        _sync(target.parent)

    @staticmethod
    def _make(folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _parse(data: bytes) -> Record:
    raw = json.loads(data)
    files = tuple(FileRecord(item["path"], item["before_sha256"], item["after_sha256"], item["copy"]) for item in raw["files"])
    return Record(raw["id"], raw["workspace"], float(raw["when"]), State(raw["state"]), files, tuple(raw["folders"]))


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
