"""Searching the content of a workspace's files: bounded in time, bytes and matches, and blind to what is secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from workspace.errors import WorkspaceError
from workspace.files import Workspace
from workspace.secrets import mask

MOST_MATCHES = 100
MOST_OF_A_FILE = 5
MOST_BYTES = 64 * 1024 * 1024
LARGEST_FILE = 512 * 1024
SECONDS = 3.0
_BEFORE, _WIDTH = 40, 200


@dataclass(frozen=True, slots=True)
class Match:
    """A line that holds what was looked for: its 1-based number and its text, without secrets and not long."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to. `note` says in words what was not looked at or not listed, "" where everything was."""

    matches: tuple[Match, ...]
    note: str = ""


def search_content(
    workspace: Workspace, query: str, *, ended: Callable[[], bool] = lambda: False, clock: Callable[[], float] = time.monotonic
) -> Found:
    """Return the lines that hold the text, letter case aside, files in smart order; binary, denied and ignored files are passed over.

    A file that may match is masked first and searched then, so that a secret is neither shown nor found by guessing at it.
    `ended` tells that nobody waits any more. Raises WorkspaceGone.
    """
    wanted = " ".join(query.split()).casefold()
    if not wanted:
        return Found(())
    deadline, left = clock() + SECONDS, MOST_BYTES
    listing = workspace.walk()
    matches: list[Match] = []
    large = 0
    for number, path in enumerate(listing.paths):
        if ended() or clock() > deadline or left <= 0:
            why = "in the time a search has" if left > 0 else "within the size a search has"
            return Found(tuple(matches), f"{number:,} of {len(listing.paths):,} files were searched {why}.")
        try:
            head = workspace.read_head(path, LARGEST_FILE)
        except WorkspaceError:
            continue
        left -= len(head.text)
        large += head.truncated
        if wanted not in head.text.casefold():
            continue
        matches.extend(_lines(path, mask(head.text, path).text, wanted)[: MOST_MATCHES + 1 - len(matches)])
        if len(matches) > MOST_MATCHES:
            return Found(tuple(matches[:MOST_MATCHES]), f"The first {MOST_MATCHES} matches are shown. Add to the text to narrow it.")
    notes = [listing.left_out] if listing.left_out else []
    notes += [f"Of {large} large files only the beginning was searched."] if large > 1 else []
    notes += ["Of one large file only the beginning was searched."] if large == 1 else []
    return Found(tuple(matches), " ".join(notes))


def _lines(path: str, text: str, wanted: str) -> list[Match]:
    found: list[Match] = []
    for number, line in enumerate(text.splitlines(), 1):
        place = line.casefold().find(wanted)
        if place < 0:
            continue
        start = max(0, place - _BEFORE) if place > _WIDTH - len(wanted) else 0
        shown = line[start : start + _WIDTH].strip()
        found.append(Match(path, number, f"{'…' if start else ''}{shown}{'…' if len(line) > start + _WIDTH else ''}"))
        if len(found) == MOST_OF_A_FILE:
            break
    return found
