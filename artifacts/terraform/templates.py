"""Reads templates: quoted texts and here-documents with their interpolations and directives."""

from __future__ import annotations

import re

from artifacts.terraform.model import Directive, Expression, Template
from artifacts.terraform.scanner import HEREDOC, Scanner

_QUOTED_TEXT = re.compile(r'[^"\\\r\n$%]+')
_HEREDOC_TEXT = re.compile(r"[^\n$%]+")
_TWICE = re.compile(r"([$%])\1\{")
_NEXT = {"if": frozenset({"else", "endif"}), "else": frozenset({"endif"}), "for": frozenset({"endfor"})}


class TemplateReader(Scanner):
    """Reads templates; interpolations are read by the heir's `expression`."""

    def expression(self, lines: bool) -> Expression:
        """Read a whole expression."""
        raise NotImplementedError

    def loop_names(self) -> tuple[str, ...]:
        """Read `a in` or `a, b in`."""
        bound: list[str] = []
        for _ in range(2):
            self.skip(True)
            name = self.name()
            if name is None:
                self.refuse(f"expected a name after for, found {self.found()}")
            bound.append(name)
            self.skip(True)
            if not self.take(","):
                break
        self.skip(True)
        if not self.keyword("in"):
            self.refuse(f"expected 'in' after the names of a loop, found {self.found()}")
        return tuple(bound)

    def quoted(self) -> Template:
        """Read a quoted template, its opening quote being next."""
        start, line = self.at, self.line(self.at)
        self.at += 1
        pieces = _Pieces()
        while not self.take('"'):
            text = self.match(_QUOTED_TEXT)
            if text is not None:
                pieces.add(text[0])
            elif self.next_is("\\"):
                pieces.add(self.escape())
            elif self.done or self.text[self.at] in "\r\n":
                self.refuse("a quoted text is not closed on its line", start)
            else:
                self._mark(pieces)
        return Template(pieces=pieces.finished(self, start), start=start, end=self.at, line=line)

    def heredoc(self) -> Template:
        """Read a here-document, its `<<` being next."""
        start, line = self.at, self.line(self.at)
        opening = HEREDOC.match(self.text, self.at)
        if opening is None:
            self.refuse("a here-document starts with << and a name")
        self.at = opening.end()
        closing = re.compile(rf"[ \t]*{re.escape(opening[2])}(?=[ \t]*(?:\r?\n|\Z))")
        pieces = _Pieces()
        while True:
            at_start = self.at == 0 or self.text[self.at - 1] == "\n"
            if at_start and closing.match(self.text, self.at) is not None:
                self.match(closing)
                break
            if self.done:
                self.refuse(f"the here-document {opening[2]} is not closed", start)
            text = self.match(_HEREDOC_TEXT)
            if text is not None:
                pieces.add(text[0])
            elif self.take("\n"):
                pieces.add("\n")
            else:
                self._mark(pieces)
        found = pieces.finished(self, start)
        return Template(pieces=_flush(found) if opening[1] else found, heredoc=True, start=start, end=self.at, line=line)

    def _mark(self, pieces: _Pieces) -> None:
        """Read what stands at a `$` or `%`."""
        twice = self.match(_TWICE)
        if twice is not None:
            pieces.add(f"{twice[1]}{{")
        elif self.next_is("${"):
            self._opened(pieces)
            pieces.put(self.expression(True))
            self._closed(pieces)
        elif self.next_is("%{"):
            start = self.at
            self._opened(pieces)
            pieces.put(self._directive(pieces, start))
            self._closed(pieces)
        else:
            pieces.add(self.text[self.at])
            self.at += 1

    def _opened(self, pieces: _Pieces) -> None:
        self.at += 2
        if self.take("~"):
            pieces.trim()
        self.skip(True)

    def _closed(self, pieces: _Pieces) -> None:
        self.skip(True)
        pieces.trimmed = self.take("~")
        self.expect("}", "at the end of a template sequence")

    def _directive(self, pieces: _Pieces, start: int) -> Directive:
        name = self.name() or ""
        arguments: tuple[Expression, ...] = ()
        bound: tuple[str, ...] = ()
        if name == "if":
            arguments = (self.expression(True),)
        elif name == "for":
            bound = self.loop_names()
            arguments = (self.expression(True),)
        elif name not in ("else", "endif", "endfor"):
            self.refuse(f"there is no template directive {name[:40]!r}", start)
        if name in ("if", "for"):
            pieces.open.append(name)
        elif not pieces.open or name not in _NEXT[pieces.open[-1]]:
            self.refuse(f"the directive {name} has nothing to end", start)
        elif name == "else":
            pieces.open[-1] = "else"
        else:
            pieces.open.pop()
        return Directive(name=name, arguments=arguments, bound=bound, start=start, end=self.at, line=self.line(start))


class _Pieces:
    """The pieces of a template in the making."""

    def __init__(self) -> None:
        self.found: list[str | Expression] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.trimmed = False

    def add(self, text: str) -> None:
        if self.trimmed:
            text = text.lstrip()
        self.trimmed = self.trimmed and not text
        if text:
            self.texts.append(text)

    def trim(self) -> None:
        whole = "".join(self.texts).rstrip()
        self.texts = [whole] if whole else []

    def put(self, expression: Expression) -> None:
        self._close_text()
        self.found.append(expression)

    def finished(self, scanner: Scanner, start: int) -> tuple[str | Expression, ...]:
        if self.open:
            scanner.refuse(f"the template directive {self.open[-1]} is not ended", start)
        self._close_text()
        return tuple(self.found)

    def _close_text(self) -> None:
        if self.texts:
            self.found.append("".join(self.texts))
            self.texts = []


def _flush(pieces: tuple[str | Expression, ...]) -> tuple[str | Expression, ...]:
    """Return the pieces of a `<<-` document without the indentation that all its lines share."""
    indents: list[int] = []
    fresh = True
    for piece in pieces:
        if not isinstance(piece, str):
            if fresh:
                indents.append(0)
            fresh = False
            continue
        lines = piece.split("\n")
        for number, line in enumerate(lines):
            begins = fresh if number == 0 else True
            last = number == len(lines) - 1
            if begins and (line.strip() or (last and line)):
                indents.append(len(line) - len(line.lstrip(" \t")))
            fresh = begins and last and not line
        fresh = piece.endswith("\n")
    least = min(indents, default=0)
    if not least:
        return pieces
    found: list[str | Expression] = []
    fresh = True
    for piece in pieces:
        if isinstance(piece, str):
            pattern = re.compile(rf"^[ \t]{{1,{least}}}", re.M)
            head, line_end, rest = piece.partition("\n")
            first = pattern.sub("", head) if fresh else head
            found.append(first + line_end + pattern.sub("", rest))
            fresh = piece.endswith("\n")
        else:
            found.append(piece)
            fresh = False
    return tuple(found)
