"""One value set in or removed from a YAML text, the rest of the text left as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from artifacts.errors import DecisionNotTakeable
from artifacts.yamltree import Node, read_documents, scalar

MISSING: Any = object()
"""Given as a value to remove what stands at a path."""

_PLAIN = re.compile(r"[A-Za-z/][\w./-]*(?::[\w./-]+)*(?: [\w./@+=-]+)*")
Step = str | int


def set_value(text: str, document: int, path: Sequence[Step], value: Any) -> str:
    """Return the text with a plain value at a path of a document: replaced, added with the maps it needs, or removed (MISSING).

    A map written on one line around the place is written out in lines. Raises DecisionNotTakeable where the place comes
    from an anchor, or is the only thing in its place.
    """
    parent, position = read_documents(text)[document], 0
    while position < len(path) - 1 and (following := _step(parent, path[position])) is not None:
        if following.kind == "scalar":
            break
        if following.anchored:
            where = ".".join(map(str, path[: position + 1]))
            raise DecisionNotTakeable(f"{where} is an anchor that other parts may share; take the whole file instead.")
        parent, position = following, position + 1
    if position < len(path) - 1 and value is MISSING:
        return text
    for step in reversed(path[position + 1 :]):
        value = {step: value}
    key = path[position]
    where = ".".join(map(str, path[: position + 1]))
    if not isinstance(key, str) or parent.kind != "map":
        raise DecisionNotTakeable(f"There is no {where} to set a value in; take the whole file instead.")
    if parent.flow or not parent.pairs:
        if not position:
            raise DecisionNotTakeable(f"{where} is written on one line; take the whole file instead.")
        return set_value(text, document, path[:position], _changed(parent.plain(), key, value))
    return _set_key(text.rstrip("\n").split("\n"), parent, key, value, where)


def _changed(plain: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return a plain map with one key set or removed."""
    return {**plain, key: value} if value is not MISSING else {name: held for name, held in plain.items() if name != key}


def _step(node: Node, step: Step) -> Node | None:
    if isinstance(step, int):
        return node.items[step] if node.kind == "list" and step < len(node.items) else None
    return node.get(step) if node.kind == "map" else None


def _set_key(lines: list[str], parent: Node, key: str, value: Any, where: str) -> str:
    column = parent.pairs[0][0].column
    name, held = parent.key(key), parent.get(key)
    if name is None or held is None:
        if value is not MISSING:
            lines[parent.end_line : parent.end_line] = dump({key: value}, column)
        return "\n".join(lines) + "\n"
    if name.column != column or held.anchored or held.line < name.line or not parent.line <= name.line <= parent.end_line:
        raise DecisionNotTakeable(f"{where} comes from an anchor shared with other parts; take the whole file instead.")
    before = lines[name.line - 1][:column]
    end = max(name.line, held.end_line)
    if value is MISSING and (before.strip() or len(parent.pairs) == 1):
        raise DecisionNotTakeable(f"{where} holds its place in a list or alone in a map; take the whole file instead.")
    made = [] if value is MISSING else dump({key: value}, column)
    if made and before.strip():
        made[0] = before + made[0][column:]
    lines[name.line - 1 : end] = made
    return "\n".join(lines) + "\n"


def dump(value: Any, indent: int) -> list[str]:
    """Return a plain value as lines of block YAML at a column."""
    pad = " " * indent
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list) and item:
                lines.append(f"{pad}{_scalar(str(key))}:")
                lines += dump(item, indent + 2)
            else:
                lines.append(f"{pad}{_scalar(str(key))}: {_scalar(item)}")
        return lines
    for item in value:
        if isinstance(item, dict | list) and item:
            inner = dump(item, indent + 2)
            lines += [f"{pad}- {inner[0][indent + 2 :]}", *inner[1:]]
        else:
            lines.append(f"{pad}- {_scalar(item)}")
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and isinstance(scalar(value), str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def without_document(text: str, line: int) -> str:
    """Return the text without the document that a line (1-based) lies in."""
    parts = split_documents(text)
    return "".join(part for start, part in parts if not start <= line < start + part.count("\n")).lstrip("\n")


def document_text(text: str, line: int) -> str:
    """Return the document that a line (1-based) lies in, without its separator."""
    for start, part in split_documents(text):
        if start <= line < start + part.count("\n"):
            return re.sub(r"\A---[^\n]*\n", "", part).strip("\n") + "\n"
    return ""


def split_documents(text: str) -> list[tuple[int, str]]:
    """Return each document's first line and text, its separator included; the lines of all add up to the text."""
    parts: list[tuple[int, list[str]]] = [(1, [])]
    for number, line in enumerate(text.rstrip("\n").split("\n"), 1):
        if re.match(r"---(\s|$)", line) and parts[-1][1]:
            parts.append((number, []))
        parts[-1][1].append(line)
    return [(start, "\n".join(held) + "\n") for start, held in parts if held]
