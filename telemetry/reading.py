"""The newest records of the program's own log, read from its end: bounded, redacted once more, without the words of exceptions."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from telemetry.redaction import Redactor

LOOK_BYTES = 1024 * 1024
"""How far back is looked at most, over the file and the one before it."""
LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log as it may be shown.

    `fields` are what was logged beside the event. Of an exception its type and places are given; what it says stays in the file,
    since it may quote anything (SECURITY 34).
    """

    time: str
    level: str
    logger: str
    event: str
    fields: tuple[tuple[str, str], ...] = ()
    error: str = ""
    places: str = ""

    @property
    def words(self) -> str:
        """Return everything that is shown, in lower case, for a search."""
        named = (f"{name}={value}" for name, value in self.fields)
        return " ".join((self.time, self.level, self.logger, self.event, *named, self.error, self.places)).lower()


@dataclass(frozen=True, slots=True)
class Found:
    """Records, newest first. `more` tells that there are older ones that fit, or that were not looked at; `problem` why there are none."""

    records: tuple[Record, ...] = ()
    more: bool = False
    problem: str = ""


def newest(path: Path, redactor: Redactor, level: str = "debug", text: str = "", most: int = 50) -> Found:
    """Return the newest records of at least this level whose shown words hold the text, in any case.

    A search looks at what is shown, after the redaction: it cannot be used to guess what was taken out.
    """
    wanted, least = text.strip().lower(), LEVELS.index(level)
    kept: list[Record] = []
    try:
        lines, cut = _tail(path)
    except OSError as error:
        return Found(problem=f"The log cannot be read: {(error.strerror or type(error).__name__).lower()}.")
    for line in lines:
        record = _record(line, redactor, least)
        if record is None or wanted not in record.words:
            continue
        if len(kept) == most:
            return Found(tuple(kept), more=True)
        kept.append(record)
    return Found(tuple(kept), more=cut)


def _tail(path: Path) -> tuple[Iterator[bytes], bool]:
    """Return the last lines, newest first, and whether the bound left something out."""
    data, whole = _end_of(path, LOOK_BYTES)
    before = Path(f"{path}.1")
    if whole and len(data) < LOOK_BYTES and before.exists():
        older, whole = _end_of(before, LOOK_BYTES - len(data))
        data = older + data
    return reversed(data.splitlines()), not whole


def _end_of(path: Path, most: int) -> tuple[bytes, bool]:
    """Return the end of a file, from the beginning of a line, and whether that is all of it. Links are not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise OSError("it is no plain file")
        start = max(0, about.st_size - most)
        file.seek(start)
        data = file.read(most)
    return (data.partition(b"\n")[2], False) if start else (data, True)


def _record(line: bytes, redactor: Redactor, least: int) -> Record | None:
    """Return a line's record; None for one below the level, or that is no line of ours."""
    try:
        entry = json.loads(line)
        if LEVELS.index(entry["level"]) < least:
            return None
        error = entry.get("error")
        told = error if isinstance(error, dict) else {}
        own = {"time", "level", "logger", "event", "error"}
        return Record(
            time=redactor.text(entry["time"])[:40],
            level=entry["level"],
            logger=redactor.text(entry["logger"])[:120],
            event=redactor.text(entry["event"]),
            fields=tuple(
                (redactor.text(name)[:60], _value(redactor.plain(value, name))) for name, value in entry.items() if name not in own
            ),
            error=redactor.text(str(told.get("type", "")))[:120],
            places=redactor.text(str(told.get("trace", ""))),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
