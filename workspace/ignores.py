"""Which entries Git would ignore, from `.gitignore` files and `.git/info/exclude`, without starting a Git process."""

from __future__ import annotations

import codecs
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

import re2
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from workspace.confined import open_file, read_all
from workspace.errors import WorkspaceError

MAX_FILE_BYTES = 256 * 1024
MAX_LINES = 2_000
IGNORE_FILE = ".gitignore"
# How pathspec writes the end of an expression that also takes in what lies below a folder.
_FOLDER_MARK = "(?P<ps_d>/)"
_FOLDER_OR_END = f"(?:{_FOLDER_MARK}|$)"


@dataclass(frozen=True, slots=True)
class Ignores:
    """The ignore rules in force in one folder: its own and those of every folder above, deepest first."""

    # Where the part of a path begins that the rules of this layer see (in bytes), and the rules.
    layers: tuple[tuple[int, _Rules], ...] = field(default=())

    def covers(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether an entry is ignored, given that the folder it lies in is not."""
        text = (path if path.isascii() else _as_bytes(path)).encode()
        if is_folder:
            text += b"/"
        for base, rules in self.layers:
            verdict = rules.verdict(text[base:])
            if verdict is not None:
                return verdict
        return False

    def below(self, folder: int, path: str) -> Ignores:
        """Return the rules in force in a folder, given its handle and its path relative to the root ("" for the root)."""
        layers = self.layers
        if path == "":
            layers = _layer(_exclude_lines(folder), "") + layers
        return Ignores(_layer(_lines(folder, IGNORE_FILE), _as_bytes(path) + "/" if path else "") + layers)


class _Rules:
    """The compiled patterns of one file: the last one that matches an entry decides, as in Git."""

    def __init__(self, patterns: list[tuple[str, bool]]) -> None:
        self._ignore = [ignore for _, ignore in patterns]
        self._sets = list(_sets([regex for regex, _ in patterns]))

    def verdict(self, text: bytes) -> bool | None:
        """Return True for ignored, False for taken in again, None where no pattern speaks; a folder ends in `/`."""
        last = max((start + max(hits) for start, compiled in self._sets if (hits := compiled.Match(text))), default=-1)
        return self._ignore[last] if last >= 0 else None


def _sets(regexes: list[str], start: int = 0) -> Iterator[tuple[int, re2.Set]]:
    """Compile expressions to sets that are matched in linear time; one that is too large is split."""
    compiled = re2.Set.SearchSet()
    for regex in regexes:
        compiled.Add(regex)
    try:
        compiled.Compile()
    except re2.error:
        if len(regexes) < 2:
            return
        middle = len(regexes) // 2
        yield from _sets(regexes[:middle], start)
        yield from _sets(regexes[middle:], start + middle)
    else:
        yield start, compiled


def _layer(lines: tuple[str, ...], base: str) -> tuple[tuple[int, _Rules], ...]:
    rules = _compile(lines) if lines else None
    return ((len(base.encode()), rules),) if rules is not None else ()


@lru_cache(maxsize=256)
def _compile(lines: tuple[str, ...]) -> _Rules | None:
    patterns: list[tuple[str, bool]] = []
    with warnings.catch_warnings():
        # A bracket inside a character class is fine in a pattern, and a warning to Python's own regex compiler.
        warnings.simplefilter("ignore", FutureWarning)
        for line in lines:
            with suppress(ValueError, re.error, re2.error):
                pattern = GitIgnoreSpecPattern(line)
                if pattern.include is not None and pattern.regex is not None:
                    regex = _of_the_entry_itself(pattern.regex.pattern)
                    re2.compile(regex)
                    patterns.append((regex, pattern.include))
    return _Rules(patterns) if patterns else None


def _of_the_entry_itself(regex: str) -> str:
    """Narrow pathspec's expression, which matches all that lies below an entry too, to the entry.

    A walk judges each folder before what is in it, and a pattern that takes a folder in again says nothing of its content.
    """
    return regex.replace(_FOLDER_OR_END, "/?$").replace(_FOLDER_MARK, "/$")


def _as_bytes(text: str) -> str:
    """Return one character a byte of the UTF-8 form: Git compares bytes, so that `?` is one byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _lines(folder: int, name: str) -> tuple[str, ...]:
    """Return the patterns of one ignore file; none when it is absent, a link or unreadable, as Git does."""
    try:
        handle, _ = open_file(folder, name, name)
    except WorkspaceError:
        return ()
    try:
        data = read_all(handle, MAX_FILE_BYTES)
    except OSError:
        return ()
    finally:
        os.close(handle)
    text = data.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    lines = (line.removesuffix("\r") for line in text.split("\n")[:MAX_LINES])
    return tuple(_as_pathspec(line) for line in lines if line.strip(" ") and not line.startswith("#"))


def _as_pathspec(line: str) -> str:
    """Rewrite what pathspec reads differently from Git.

    `folder/**` is what lies in the folder and not the folder; three stars are two; only spaces at the end are dropped, a tab counts.
    """
    kept = re.sub(r"\*{3,}", "**", line if line.endswith("\\ ") else line.rstrip(" "))
    if kept.endswith("/**") and kept.strip("!/") != "**":
        return kept + "/*"
    if kept[-1:] in ("\t", "\f", "\v", "\x85", "\xa0"):
        return f"{kept[:-1]}[{kept[-1]}]"
    return kept


def _exclude_lines(folder: int) -> tuple[str, ...]:
    opened: list[int] = []
    try:
        for name in (".git", "info"):
            parent = opened[-1] if opened else folder
            opened.append(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent))
        return _lines(opened[-1], "exclude")
    except OSError:
        return ()
    finally:
        for handle in opened:
            os.close(handle)
