"""The log as a graph: commits as points on lanes, drawn small beside their subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ui.html import Piece, tag
from ui.text import ago, plain
from workspace.repository.records import Commit

ROW, LANE, MOST_LANES = 26, 14, 8
COLOURS = ("#0969da", "#1a7f37", "#bc4c00", "#8250df", "#bf3989", "#1b7c83", "#9a6700", "#57606a")


@dataclass(frozen=True, slots=True)
class Row:
    """A commit's place: its lane, and the lines that leave its row for the next one, as pairs of lanes."""

    commit: Commit
    lane: int
    lines: tuple[tuple[int, int], ...]


def rows(commits: Sequence[Commit]) -> tuple[Row, ...]:
    """Lay commits, children first, on lanes: a lane waits for a parent, and lanes that wait for the same one meet there."""
    waiting: list[str | None] = []
    known = {commit.id for commit in commits}
    made: list[Row] = []
    for commit in commits:
        if commit.id not in waiting:
            _put(waiting, commit.id)
        lane = waiting.index(commit.id)
        before = list(waiting)
        waiting = [None if held == commit.id else held for held in waiting]
        targets = [parent for parent in commit.parents if parent in known]
        for number, parent in enumerate(targets):
            if parent not in waiting:
                if number == 0:
                    waiting[lane] = parent
                else:
                    _put(waiting, parent)
        lines = [(place, waiting.index(held)) for place, held in enumerate(before) if held is not None and held != commit.id]
        lines += [(lane, waiting.index(parent)) for parent in targets]
        while waiting and waiting[-1] is None:
            waiting.pop()
        made.append(Row(commit, lane, tuple(dict.fromkeys(lines))))
    return tuple(made)


def drawing(commits: Sequence[Commit], head: str) -> Piece:
    """Return the graph with its subjects, names, authors and times."""
    laid = rows(commits)
    widest = min(MOST_LANES, max((max(row.lane, *(max(pair) for pair in row.lines), 0) for row in laid), default=0) + 1)
    now = datetime.now(UTC)
    return tag("div", *(_line(row, widest, head, now) for row in laid), class_="omni log", role="list")


def _line(row: Row, lanes: int, head: str, now: datetime) -> Piece:
    commit = row.commit
    when = datetime.fromtimestamp(commit.when, UTC)
    names = [_name(name) for name in commit.names if not name.endswith("/HEAD")]
    return tag(
        "div",
        _lanes(row, lanes, commit.id == head),
        tag("span", *names, tag("span", plain(commit.subject, 140)), class_="what"),
        tag("span", plain(commit.author, 40), class_="soft who"),
        tag("span", ago(when, now), class_="soft when", title=when.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        tag("span", commit.id[:7], class_="soft mono"),
        class_="row",
        role="listitem",
    )


def _lanes(row: Row, lanes: int, is_head: bool) -> Piece:
    """Draw one row as boxes with borders: the page takes no drawing of another kind."""
    lines = [_edge(start, end) for start, end in row.lines if start < lanes and end < lanes]
    size = 11 if is_head else 9
    place = f"left:{_x(min(row.lane, lanes - 1)) - size / 2}px;top:{(ROW - size) / 2}px;width:{size}px;height:{size}px"
    point = tag("i", class_="point", style=f"{place};background:{COLOURS[row.lane % len(COLOURS)]}")
    return tag("span", *lines, point, class_="lanes", style=f"width:{lanes * LANE + 4}px", aria_hidden="true")


def _edge(start: int, end: int) -> Piece:
    """Return the line from a row's middle to the next one's: straight down, out to a new lane, or back to one it meets."""
    left, wide = _x(min(start, end)) - 1, abs(_x(start) - _x(end))
    sides = {True: "top:2;right:2", False: "right:2;bottom:2"}[end > start] if wide else "left:2"
    borders = ";".join(f"border-{side.partition(':')[0]}-width:{side.partition(':')[2]}px" for side in sides.split(";"))
    corner = f"border-{'top' if end > start else 'bottom'}-right-radius:8px" if wide else ""
    place = f"left:{left}px;top:{ROW / 2}px;width:{wide}px;height:{ROW}px;border-color:{COLOURS[max(start, end) % len(COLOURS)]}"
    return tag("i", class_="edge", style=f"{place};{borders};{corner}")


def _name(reference: str) -> Piece:
    kind, _, short = reference.removeprefix("refs/").partition("/")
    said = {"heads": "branch", "remotes": "on the server", "tags": "tag"}.get(kind, kind)
    return tag("span", plain(short, 40), class_=f"name {kind if kind in ('heads', 'remotes', 'tags') else 'other'}", title=said)


def _x(lane: int) -> float:
    return lane * LANE + LANE / 2 + 2


def _put(waiting: list[str | None], commit: str) -> None:
    """Let a free lane wait for a commit, or a new one."""
    if None in waiting:
        waiting[waiting.index(None)] = commit
    else:
        waiting.append(commit)
