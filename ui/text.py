"""Words for the page: text from elsewhere made harmless in labels, and numbers with their units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

SHOWN_LINES = 1_000
SHOWN_WIDTH = 2_000
SHOWN_CHARACTERS = 120_000
"""What is shown at most of one file, one line of it, and all of its lines together."""

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~](?<![,;'?%]))")
"""What Markdown could take for a sign; a comma is none, and a screen reader would be told its escape in a field's name."""

_ADDRESS = re.compile(r"(?:https?|ftp)(?=\\:\\/)|www(?=\\\.)|[\w+-](?=\\@[\w-]+\\\.)", re.IGNORECASE)
_INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def plain(text: str, most: int = 120) -> str:
    """Return text as one short line without invisible characters, for places that show it as it stands: list boxes, tables."""
    clean = " ".join(_INVISIBLE.sub(" ", text).split())
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def label(text: str, most: int = 120) -> str:
    """Return text that Streamlit shows as it stands in a label or in Markdown: no link, image, icon, colour or formula in it.

    Addresses are made links even where their punctuation is escaped, so an invisible joiner is put into them.
    """
    return _ADDRESS.sub("\\g<0>\u2060", _PUNCTUATION.sub(r"\\\1", plain(text, most)))


def excerpt(lines: Sequence[str]) -> tuple[str, str]:
    """Return the beginning of a text that a browser can lay out and colour, and what is missing from it, "" where nothing is.

    A model may answer with a single line as long as a book, at which a page would stand still.
    """
    shown: list[str] = []
    left, cut = SHOWN_CHARACTERS, 0
    for line in lines[:SHOWN_LINES]:
        if left <= 0:
            break
        cut += len(line) > SHOWN_WIDTH
        shown.append(line if len(line) <= SHOWN_WIDTH else f"{line[: SHOWN_WIDTH - 1]}…")
        left -= len(shown[-1])
    said = [f"The first {len(shown):,} of {len(lines):,} lines are shown"] if len(shown) < len(lines) else []
    said += [f"{count(cut, 'line is', 'lines are')} cut at {SHOWN_WIDTH:,} characters"] if cut else []
    return "\n".join(shown), ", ".join(said)


def unique(names: Mapping[Key, str]) -> dict[Key, str]:
    """Return the names by their keys, with the key added wherever two are alike: a list box tells its choice by its words."""
    often = Counter(names.values())
    return {key: name if often[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def seconds(milliseconds: float) -> str:
    """Return a duration: `640 ms`, `6.2 s`, `2 min 5 s`."""
    if milliseconds < 950:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 9_950:
        return f"{milliseconds / 1000:.1f} s"
    whole = round(milliseconds / 1000)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def money(dollars: float | None, *, about: bool = False) -> str:
    """Return a price: `$0.013`, `under $0.001`, `free`, or that it is unknown; never 0 for what is not known."""
    if dollars is None:
        return "price unknown"
    if dollars == 0:
        return "free"
    if dollars < 0.001:
        return "under $0.001"
    return ("about " if about else "") + (f"${dollars:.3f}" if dollars < 1 else f"${dollars:,.2f}")


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 file`, `2,100 tokens`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago something was: `just now`, `4 min ago`, `3 h ago`, `2 days ago`, a date beyond a fortnight."""
    passed = (now - then).total_seconds()
    if passed < 45:
        return "just now"
    if passed < 3_570:
        return f"{max(1, round(passed / 60))} min ago"
    if passed < 84_600:
        return f"{round(passed / 3600)} h ago"
    days = round(passed / 86_400)
    return f"{count(days, 'day')} ago" if days <= 14 else then.date().isoformat()
