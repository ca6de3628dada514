"""Terraform's language written by hand: quoting, keys, lists, and the layout that `terraform fmt` gives."""

from __future__ import annotations

import re
from collections.abc import Sequence

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ARGUMENT = re.compile(r"(?P<name>\"(?:[^\"\\]|\\.)*\"|[\w.()\[\]\"-]+)\s*=(?![=>])\s*(?P<value>.*)")
_BLOCK = re.compile(r"[\w-]+(?: \"[^\"]*\")* \{(?:\}|)")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """Return a text in quotes, in which nothing is interpolated."""
    written = "".join(_ESCAPES.get(letter) or (letter if letter.isprintable() else f"\\U{ord(letter):08x}") for letter in text)
    return '"' + re.sub(r"([$%])\{", r"\1\1{", written) + '"'


def key(text: str) -> str:
    """Return a key of an object, quoted only where it must be."""
    return text if _KEY.fullmatch(text) else quoted(text)


def listed(items: Sequence[str]) -> str:
    """Return a list of texts on one line."""
    return f"[{', '.join(quoted(item) for item in items)}]"


def formatted(text: str) -> str:
    """Return text with the indentation and the aligned equals signs of `terraform fmt`, an empty line around every block.

    Quoted texts must end on their line, and there are no here-documents or block comments.
    """
    lines: list[str] = []
    open_: list[int] = []
    blocks: list[bool] = []
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            _gap(lines)
            continue
        net = _net(line)
        ended = net < 0 and _close(open_, blocks, -net)
        if lines and not lines[-1] and line[0] in "}])":
            lines.pop()
        is_block = _BLOCK.fullmatch(line) is not None
        if is_block:
            _gap_before_comment(lines)
        lines.append("  " * len(open_) + line)
        if net > 0:
            open_.append(net)
            blocks.append(is_block)
        if ended or (is_block and net == 0):
            lines.append("")
    kept = [line for line, after in zip(lines, [*lines[1:], ""], strict=True) if line or (after and not _closes(after))]
    return "\n".join(_aligned(kept)).strip("\n") + "\n"


def _gap(lines: list[str]) -> None:
    if lines and lines[-1] and not lines[-1].endswith(("{", "[", "(")):
        lines.append("")


def _gap_before_comment(lines: list[str]) -> None:
    """Put an empty line before a block, and before the comment that belongs to it."""
    at = len(lines)
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    if at and lines[at - 1] and not lines[at - 1].endswith(("{", "[", "(")):
        lines.insert(at, "")


def _closes(line: str) -> bool:
    return line.lstrip()[:1] in ("}", "]", ")")


def _net(line: str) -> int:
    """Return by how many brackets a line opens more than it closes."""
    code = _STRING.sub('""', line)
    code = re.split(r"#|//", code, maxsplit=1)[0]
    return sum(code.count(mark) for mark in "([{") - sum(code.count(mark) for mark in ")]}")


def _close(open_: list[int], blocks: list[bool], closed: int) -> bool:
    """Close brackets; tell whether a block ended."""
    ended = False
    while closed > 0 and open_:
        if closed >= open_[-1]:
            closed -= open_.pop()
            ended = blocks.pop()
        else:
            open_[-1] -= closed
            closed = 0
    return ended


def _aligned(lines: list[str]) -> list[str]:
    """Align the equals signs of neighbouring lines that hold a whole argument each."""
    found: list[str] = []
    chain: list[tuple[str, str]] = []

    def end() -> None:
        width = max((len(name) for name, _ in chain), default=0)
        found.extend(f"{name.ljust(width)} = {value}" for name, value in chain)
        chain.clear()

    for line in lines:
        body = line.lstrip()
        hit = _ARGUMENT.fullmatch(body) if body and _net(body) == 0 else None
        if hit is None:
            end()
            whole = _ARGUMENT.fullmatch(body)
            found.append(line[: len(line) - len(body)] + f"{whole['name']} = {whole['value']}" if whole else line)
            continue
        chain.append((line[: len(line) - len(body)] + hit["name"], hit["value"]))
    end()
    return found
