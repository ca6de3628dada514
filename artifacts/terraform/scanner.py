"""The letters of Terraform's language: places in the text, blanks and comments, names, numbers, escapes."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NoReturn

NAME = re.compile(r"[^\W\d][\w-]*")
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
OPERATOR = re.compile(r"\|\||&&|==|!=|<=|>=|[<>+*/%-]")
HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t]*\r?\n")
_BLANKS = re.compile(r"(?:[ \t]+|\r(?=\n)|/\*.*?\*/)*", re.S)
_ALL_BLANKS = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.S)
_LINE_END = re.compile(r"\n|#[^\n]*(?:\n|\Z)|//[^\n]*(?:\n|\Z)|\Z")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
MAX_DEPTH = 100


class Refused(Exception):
    """The text breaks the grammar at this offset."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class Scanner:
    """A text and a place in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 1 if text.startswith("\ufeff") else 0
        self.depth = 0
        self._starts = [0, *(hit.end() for hit in re.finditer("\n", text))]

    def line(self, at: int) -> int:
        """Return the 1-based line of an offset."""
        return bisect_right(self._starts, at)

    def refuse(self, message: str, at: int | None = None) -> NoReturn:
        """Stop here with a sentence."""
        raise Refused(message, self.at if at is None else at)

    def skip(self, lines: bool) -> None:
        """Pass blanks and comments; line ends too where `lines` says so."""
        pattern = _ALL_BLANKS if lines else _BLANKS
        hit = pattern.match(self.text, self.at)
        if hit is not None:
            self.at = hit.end()

    def end_of_line(self) -> bool:
        """Pass the rest of a line when only a comment or nothing is left of it."""
        self.skip(False)
        hit = _LINE_END.match(self.text, self.at)
        if hit is None:
            return False
        self.at = hit.end()
        return True

    def ends_line(self) -> bool:
        """Tell whether nothing but a comment is left of the line."""
        return _LINE_END.match(self.text, self.at) is not None

    @property
    def done(self) -> bool:
        """Tell whether the text is used up."""
        return self.at >= len(self.text)

    def next_is(self, word: str) -> bool:
        """Tell whether the text goes on with these letters."""
        return self.text.startswith(word, self.at)

    def take(self, word: str) -> bool:
        """Pass these letters when they come next."""
        if self.text.startswith(word, self.at):
            self.at += len(word)
            return True
        return False

    def expect(self, word: str, where: str) -> None:
        """Pass these letters, or refuse."""
        if not self.take(word):
            self.refuse(f"expected {word!r} {where}, found {self.found()}")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass what the pattern matches here."""
        hit = pattern.match(self.text, self.at)
        if hit is not None:
            self.at = hit.end()
        return hit

    def name(self) -> str | None:
        """Pass a name."""
        hit = self.match(NAME)
        return hit[0] if hit is not None else None

    def keyword(self, word: str) -> bool:
        """Pass this name when it comes next as a whole."""
        hit = NAME.match(self.text, self.at)
        if hit is None or hit[0] != word:
            return False
        self.at = hit.end()
        return True

    def found(self) -> str:
        """Name what comes next, for a message."""
        if self.done:
            return "the end of the file"
        if self.text[self.at] in "\r\n":
            return "the end of the line"
        hit = NAME.match(self.text, self.at) or NUMBER.match(self.text, self.at)
        return repr(hit[0][:40] if hit is not None else self.text[self.at])

    def escape(self) -> str:
        """Pass an escape sequence of a quoted text, the backslash being next, and return what it means."""
        start = self.at
        letter = self.text[start + 1 : start + 2]
        if letter in _ESCAPES and letter:
            self.at += 2
            return _ESCAPES[letter]
        for mark, digits in (("u", 4), ("U", 8)):
            code = self.text[start + 2 : start + 2 + digits]
            if letter == mark and re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", code):
                self.at += 2 + digits
                number = int(code, 16)
                return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
        self.refuse(f"the escape sequence \\{letter} is not known", start)
