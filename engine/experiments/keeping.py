"""What was answered, a line of JSON a run in a file of its own, so that a restart asks only what is missing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from engine.experiments.records import Configuration, ExperimentProblem, Outcome, Question, Recorded
from providers.presets import PresetMember

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MAX_BYTES = 512 * 1024 * 1024
"""A file of answers larger than this is not read."""
MOST_SETS = 20
"""Question sets of one user of the page whose answers are kept."""


def key_of(question: Question, configuration: Configuration, members: Iterable[PresetMember], repository: str) -> str:
    """Return what stands for this question to these members: whatever would change the answer changes the key.

    The names of the question and the configuration are left out. `repository` tells the state of the repository that is asked about.
    """
    asked = {name: value for name, value in asdict(question).items() if name not in ("id", "expect", "accept")}
    asks = {name: value for name, value in asdict(configuration).items() if name not in ("name", "preset", "members")}
    who = [member.model_dump(mode="json", exclude={"label"}) for member in members]
    text = orjson.dumps([asked, {**asks, "options": dict(configuration.options)}, who, repository], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:32]


def kept_for(data: Path, owner: str, title: str) -> Answers:
    """Return the file of this owner's answers to a set of this title below the data folder; of many sets the oldest are forgotten."""
    folder = data / "experiments" / hashlib.sha256(owner.encode()).hexdigest()[:16]
    path = folder / f"{hashlib.sha256(title.encode()).hexdigest()[:16]}.jsonl"
    with suppress(OSError):
        others = sorted((file for file in folder.glob("*.jsonl") if file != path), key=lambda file: file.stat().st_mtime)
        for file in others[: max(0, len(others) - MOST_SETS + 1)]:
            file.unlink()
    return Answers(path)


class Answers:
    """The runs of one file, by key. Only runs that gave an answer are kept: what failed is asked again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """Return where they are."""
        return self._path

    def read(self) -> dict[str, Recorded]:
        """Return what is kept; a line that was cut off or is another version's is passed over and asked again."""
        found: dict[str, Recorded] = {}
        try:
            if not self._path.exists():
                return found
            if not self._path.is_file() or self._path.stat().st_size > MAX_BYTES:
                raise ExperimentProblem(f"{self._path.name} is no file of answers, or too large. Choose another folder.")
            with self._path.open("rb") as file:
                for line in file:
                    try:
                        entry: Recorded = _codec().validate_json(line)
                    except ValueError:
                        continue
                    found[entry.key] = entry
        except OSError as error:
            raise ExperimentProblem(f"{self._path.name} could not be read: {(error.strerror or 'unknown reason').lower()}.") from None
        return found

    def keep(self, entry: Recorded) -> None:
        """Add a run that was answered; blocking, for a moment. A cut line before it is ended first."""
        if entry.outcome not in (Outcome.RIGHT, Outcome.WRONG):
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(self._path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(b"\n" if file.tell() and not _ends_a_line(self._path) else b"")
                file.write(_codec().dump_json(entry) + b"\n")
        except OSError as error:
            why = (error.strerror or "unknown reason").lower()
            raise ExperimentProblem(
                f"The answers could not be kept in {self._path}: {why}. Free the disk or choose another folder."
            ) from None

    def forget(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


@lru_cache(maxsize=1)
def _codec() -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(Recorded)
