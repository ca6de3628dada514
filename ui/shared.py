"""What a page remembers of the session it shares with others; the sharing itself is in ui/sharing.py."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from engine.live import RunState


@dataclass(frozen=True, slots=True)
class Clash:
    """A file that somebody else changed first: theirs at revision `rev`, and mine."""

    path: str
    mine: str
    theirs: str
    by: str
    rev: int


@dataclass(slots=True)
class Shared:
    """What a page knows of what it shares: in which session and incarnation of it, what it has taken in, and what it has said.

    `shown` is the session, incarnation and role that the page was last drawn for, `listed` the revision of each of the session's files
    as this run of the script has drawn them; None where it has drawn none.
    """

    session: str = ""
    epoch: str = ""
    shown: tuple[str, str, str] = ("", "", "")
    listed: dict[str, int] | None = None
    revs: dict[str, int] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    clashes: dict[str, Clash] = field(default_factory=dict)
    waiting: dict[str, tuple[Future[int], Any]] = field(default_factory=dict)
    run: tuple[str, RunState] | None = None
    notice: str = ""
