"""What one check of the doctor says: its subject, how it stands, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a subject stands. A `problem` keeps the program from working; a `note` takes something away from it."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report. `said` is what was seen, `todo` what to do about it, "" where nothing is to be done."""

    subject: str
    standing: Standing
    said: str
    todo: str = ""
