"""The difference between a file and its proposed content, in hunks a user can take one by one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from workspace.errors import WriteRefused
from workspace.paths import shown

_CONTEXT_LINES = 3
_Opcode = tuple[str, int, int, int, int]
_EXACT_LINES = 5_000


class Status(StrEnum):
    """What a change would do to its file; a refused one is never applied and says why in `problem`."""

    NEW = "new"
    MODIFIED = "modified"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One block of a unified difference: its header line, and its lines with their leading sign."""

    header: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One file as it is and as it would be. `before_sha256` names the version the user saw (ABSENT when there is none)."""

    path: str
    status: Status
    before: str
    after: str
    before_sha256: str
    hunks: tuple[Hunk, ...] = ()
    problem: str = ""

    @property
    def diff(self) -> tuple[str, ...]:
        """Return the unified difference with its two header lines; empty when nothing changes."""
        if not self.hunks:
            return ()
        old = "/dev/null" if self.status is Status.NEW else f"a/{self.path}"
        return (f"--- {old}", f"+++ b/{self.path}", *(line for hunk in self.hunks for line in (hunk.header, *hunk.lines)))

    @property
    def added(self) -> int:
        """Return how many lines are added."""
        return sum(line.startswith("+") for hunk in self.hunks for line in hunk.lines)

    @property
    def removed(self) -> int:
        """Return how many lines are removed."""
        return sum(line.startswith("-") for hunk in self.hunks for line in hunk.lines)


def keep_hunks(change: Change, chosen: Iterable[int]) -> Change:
    """Return the change with only some of its hunks (by index); the other places stay as they are on disk.

    Raises WriteRefused for a file that is not UTF-8, whose untouched places could not be written back as they were.
    """
    kept = set(chosen)
    if change.status is not Status.MODIFIED or kept >= set(range(len(change.hunks))):
        return change
    if "\ufffd" in change.before:
        raise WriteRefused(f"{shown(change.path)} is not valid UTF-8, so only all of its changes can be taken together.", change.path)
    old, result, position = _split_lines(change.before), [], 0
    for number, hunk in enumerate(_grouped(change.before, change.after)):
        start, end = hunk[0][1], hunk[-1][2]
        result.extend(old[position:start])
        result.extend(_new_lines(hunk, change.after) if number in kept else old[start:end])
        position = end
    after = "".join([*result, *old[position:]])
    status = Status.UNCHANGED if after == change.before else Status.MODIFIED
    return replace(change, after=after, status=status, hunks=hunks_between(change.before, after))


def _split_lines(text: str) -> list[str]:
    """Split at line feeds alone, so that joining gives the text back."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _grouped(before: str, after: str) -> list[list[_Opcode]]:
    old, new = _split_lines(before), _split_lines(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > _EXACT_LINES)
    return [list(group) for group in matcher.get_grouped_opcodes(_CONTEXT_LINES)]


def _new_lines(hunk: list[_Opcode], after: str) -> list[str]:
    return _split_lines(after)[hunk[0][3] : hunk[-1][4]]


def hunks_between(before: str, after: str) -> tuple[Hunk, ...]:
    """Return the unified difference of two texts with three lines of context, as a patch program would read it."""
    if before == after:
        return ()
    old, new = _split_lines(before), _split_lines(after)
    result = []
    for group in _grouped(before, after):
        lines: list[str] = []
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                lines.extend(_signed(" ", old[old_start:old_end]))
                continue
            lines.extend(_signed("-", old[old_start:old_end]))
            lines.extend(_signed("+", new[new_start:new_end]))
        first, last = group[0], group[-1]
        header = f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@"
        result.append(Hunk(header, tuple(lines)))
    return tuple(result)


def _signed(sign: str, lines: list[str]) -> list[str]:
    result = []
    for line in lines:
        result.append(sign + line.removesuffix("\n"))
        if not line.endswith("\n"):
            result.append("\\ No newline at end of file")
    return result


def _span(start: int, end: int) -> str:
    length = end - start
    begin = start + 1 if length else start
    return f"{begin}" if length == 1 else f"{begin},{length}"
