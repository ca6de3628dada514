"""YAML written by hand: values that carry their reason, flow lists for commands, quoting only where it is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from architect.profile import Evidence
from architect.syntax.lines import Page, one_line

_PLAIN = re.compile(r"(?=[\w.:/-]*[A-Za-z])[A-Za-z0-9_./](?:[\w./@+=-]|:(?=[\w./]))*(?: [\w./@+=][\w./@+=-]*)*")
_WORDS = re.compile(r"[A-Za-z0-9./$_(](?:[^\n:#]|:(?=\S)|(?<=\S)#)*(?<=\S)")
_SPECIAL = re.compile(
    r"(?i)(true|false|yes|no|on|off|null|y|n|~|\.inf|\.nan|[-+.]?\d[\d._]*(e\d+)?|0x[\da-f_]+|0b[01_]+|0o?[0-7]+|\d+(:\d+)+)"
)


@dataclass(frozen=True, slots=True)
class Because:
    """A value with the reason it has; `note` is written as a comment above its line, `tail` behind it."""

    value: Any
    why: str = ""
    evidence: tuple[Evidence, ...] = ()
    note: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A list written on one line."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A text of several lines, written as it is: a script."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A command or an expression: written without quotes wherever YAML reads the same text."""

    text: str


def emit(page: Page, data: Mapping[str, Any], indent: int = 0) -> None:
    """Write a mapping; a value is a text, number, truth value, mapping, sequence, Flow, Block, Words, or any of these in a Because."""
    for key, given in data.items():
        held = given if isinstance(given, Because) else Because(given)
        value = held.value
        pad = " " * indent
        page.comment(held.note, indent=pad)
        head = f"{pad}{scalar(key)}:"
        if isinstance(value, Mapping):
            if not value:
                page.add(f"{head} {{}}" if indent else head, held.why, held.evidence)
                continue
            page.add(head, held.why, held.evidence)
            emit(page, value, indent + 2)
        elif isinstance(value, Flow):
            page.add(f"{head} [{', '.join(_quoted(item) for item in value.items)}]", held.why, held.evidence)
        elif isinstance(value, Block):
            page.add(f"{head} |", held.why, held.evidence)
            page.add("\n".join(_block(value.text, indent + 2)))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            page.add(head, held.why, held.evidence)
            _items(page, value, indent + 2)
        else:
            tail = f" # {one_line(held.tail)}" if held.tail else ""
            page.add((head if value is None else f"{head} {scalar(value)}") + tail, held.why, held.evidence)


def _items(page: Page, items: Sequence[Any], indent: int) -> None:
    pad = " " * indent
    for given in items:
        held = given if isinstance(given, Because) else Because(given)
        page.comment(held.note, indent=pad)
        if isinstance(held.value, Mapping):
            inner = Page("", page.kind)
            emit(inner, held.value, indent + 2)
            page.item(inner, pad, held.why, held.evidence)
        else:
            page.add(f"{pad}- {scalar(held.value)}", held.why, held.evidence)


def _block(text: str, indent: int) -> list[str]:
    """Return the lines of a literal block; characters that YAML refuses are left out."""
    pad = " " * indent
    lines = "".join(character for character in text if character == "\n" or character.isprintable()).strip("\n").split("\n")
    return [f"{pad}{line}".rstrip() for line in lines]


def scalar(value: str | int | float | bool | Words) -> str:
    """Return one value, quoted where YAML would read it as something else."""
    if isinstance(value, Words):
        return (
            value.text
            if _WORDS.fullmatch(value.text) and value.text.isprintable() and not _SPECIAL.fullmatch(value.text)
            else _quoted(value.text)
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if value == "." or (_PLAIN.fullmatch(value) and not _SPECIAL.fullmatch(value)):
        return value
    return _quoted(value)


def _quoted(text: str) -> str:
    """Return a double-quoted text, characters that YAML refuses or people cannot see as escapes."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(character if character.isprintable() else f"\\U{ord(character):08x}" for character in written)
