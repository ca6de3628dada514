"""Answer text to blocks: fenced code, files between `---FILE---` markers, and the prose around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^([ \t]{0,12}(?:>[ \t]?)?)(`{3,}|~{3,})(.*)$")
_DECORATION = r"^[ \t]*(?:[*#>`]+[ \t]*)?-{3,}[ \t]*"
_TAIL = r"[ \t]*-{2,}[ \t]*[*`]*[ \t]*$"
_MARKER = re.compile(_DECORATION + r"FILE[ \t]*:[ \t]*(.{0,600}?)" + _TAIL, re.IGNORECASE)
_END = re.compile(_DECORATION + r"(?:END|/)[ \t]*(?:OF[ \t]+)?(?:FILE)?(?:[ \t]*:.{0,600}?)?" + _TAIL, re.IGNORECASE)
_WRAPPERS = frozenset({"", "markdown", "md", "text", "txt", "plaintext"})
MAX_BLOCKS = 400


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an answer that may be a file.

    `name` is the path of a marker as written, None for a fence. `info` is the fence's info string. `before` are the up to
    three lines of prose right above it. `closed` is false where the text ended first, `fenced` where a marker
    announces bare lines. `line` is 1-based in the answer.
    """

    text: str
    line: int
    name: str | None = None
    info: str = ""
    before: tuple[str, ...] = ()
    closed: bool = True
    fenced: bool = True


@dataclass(frozen=True, slots=True)
class Split:
    """An answer taken apart."""

    blocks: tuple[Block, ...]
    prose: str


def split_answer(text: str) -> Split:
    """Take an answer apart. Line ends are unified; nothing is interpreted yet."""
    scanner = _Scanner(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    scanner.run()
    prose = re.sub(r"\n{3,}", "\n\n", "\n".join(scanner.prose)).strip()
    return Split(tuple(scanner.blocks), prose)


def is_marker(line: str) -> bool:
    """Tell whether the line opens a file by a marker."""
    return _MARKER.match(line[:1000]) is not None


class _Scanner:
    """Walks the lines once."""

    def __init__(self, lines: list[str], first_line: int = 1, depth: int = 0):
        self.lines = lines
        self.first_line = first_line
        self.depth = depth
        self.index = 0
        self.blocks: list[Block] = []
        self.prose: list[str] = []
        self.told = 0

    def run(self) -> None:
        while self.index < len(self.lines):
            line = self.lines[self.index]
            marker = _MARKER.match(line[:1000])
            if marker is not None:
                self._marked(marker[1])
            elif (fence := _FENCE.match(line)) is not None and not ("`" in fence[3] and fence[2][0] == "`"):
                self._fenced(fence)
            else:
                if _END.match(line[:1000]) is None:
                    self.prose.append(line)
                self.index += 1

    def _before(self) -> tuple[str, ...]:
        """Return the last lines of prose since the block before; what names one block does not name the next one too."""
        found: list[str] = []
        for line in reversed(self.prose[max(self.told, len(self.prose) - 4) :]):
            if line.strip():
                found.insert(0, line)
            elif found and len(found) >= 3:
                break
        return tuple(found[-3:])

    def _marked(self, name: str) -> None:
        start = self.index + 1
        self.index = start
        while self.index < len(self.lines):
            line = self.lines[self.index][:1000]
            if _MARKER.match(line) or _END.match(line):
                break
            self.index += 1
        self._add(self._file(self.lines[start : self.index], name, start))

    def _file(self, lines: list[str], name: str, start: int) -> Block:
        """Return what a marker announces: the fence inside it where there is one, else the lines as they are."""
        opening = next((number for number, line in enumerate(lines) if line.strip()), None)
        line_number = self.first_line + start
        if opening is None:
            return Block("", line_number, name)
        fence = _FENCE.match(lines[opening])
        if fence is None:
            return Block(_tidy(lines), line_number, name, fenced=False)
        end = _closing(lines, opening + 1, fence[2], fence[3])
        body = lines[opening + 1 : end if end is not None else len(lines)]
        after = lines[end + 1 :] if end is not None else []
        self.prose += after
        return Block(_tidy(_dedent(body, fence[1])), line_number + opening + 1, name, fence[3].strip(), closed=end is not None)

    def _fenced(self, fence: re.Match[str]) -> None:
        start = self.index + 1
        info = fence[3].strip()
        end = _closing(self.lines, start, fence[2], info)
        body = _dedent(self.lines[start : end if end is not None else len(self.lines)], fence[1])
        before = self._before()
        self.index = len(self.lines) if end is None else end + 1
        if self.depth < 3 and (any(is_marker(line) for line in body) or (_language(info) in _WRAPPERS and _holds_fence(body))):
            inner = _Scanner(body, self.first_line + start, self.depth + 1)
            inner.prose = list(before)
            inner.run()
            if inner.blocks:
                if end is None and inner.blocks[-1].closed and inner.blocks[-1].name is not None:
                    last = inner.blocks[-1]
                    inner.blocks[-1] = Block(last.text, last.line, last.name, last.info, last.before, closed=False)
                for block in inner.blocks:
                    self._add(block)
                self.prose += inner.prose[len(before) :]
                return
        self._add(Block(_tidy(body), self.first_line + start, None, info, before, end is not None))

    def _add(self, block: Block) -> None:
        self.told = len(self.prose)
        if len(self.blocks) < MAX_BLOCKS:
            self.blocks.append(block)


def _closing(lines: list[str], start: int, fence: str, info: str) -> int | None:
    """Return the line that closes a fence, None when none does. A wrapper of prose may hold fences of its own length."""
    nests = _language(info) in ("markdown", "md")
    level = 0
    for index in range(start, len(lines)):
        match = _FENCE.match(lines[index])
        if match is None or match[2][0] != fence[0]:
            continue
        if len(match[2]) >= len(fence) and not match[3].strip():
            if level == 0:
                return index
            level -= 1
        elif nests and match[3].strip() and len(match[2]) >= len(fence):
            level += 1
    return None


def _language(info: str) -> str:
    return re.split(r"[\s:{,]", info.strip(), maxsplit=1)[0].lower() if info.strip() else ""


def _holds_fence(lines: list[str]) -> bool:
    return any(_FENCE.match(line) is not None for line in lines)


def _dedent(lines: list[str], prefix: str) -> list[str]:
    """Remove the fence's own indentation or quote sign from its content."""
    if not prefix:
        return lines
    width = len(prefix)
    if ">" in prefix:
        return [re.sub(r"^[ \t]{0,12}>[ \t]?", "", line) for line in lines]
    return [line[min(width, len(line) - len(line.lstrip(" \t"))) :] for line in lines]


def _tidy(lines: list[str]) -> str:
    """Join lines without blank ones around them, with one line end at the end."""
    text = "\n".join(lines).strip("\n")
    stripped = text.rstrip()
    return stripped + "\n" if stripped else ""
