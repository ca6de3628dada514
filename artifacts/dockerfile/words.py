"""Words, quotes and variables of a Dockerfile line, as the builder reads them (not as a shell would)."""

from __future__ import annotations

from collections.abc import Mapping

MAX_EXPANDED = 8192
"""Characters one substituted value may reach; variables that multiply each other stop here."""

_NAME_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_NAME = _NAME_START | frozenset("0123456789")


def split_words(text: str, escape: str = "\\") -> list[str]:
    """Split at white space outside quotes; quotes and escapes stay in the words."""
    words: list[str] = []
    current: list[str] = []
    quote = ""
    index, length = 0, len(text)
    while index < length:
        char = text[index]
        if char == escape and quote != "'" and index + 1 < length:
            current.append(text[index : index + 2])
            index += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            current.append(char)
        elif char in "'\"":
            quote = char
            current.append(char)
        elif char in " \t\n\r\v\f":
            if current:
                words.append("".join(current))
                current = []
        else:
            current.append(char)
        index += 1
    if current:
        words.append("".join(current))
    return words


def strip_quotes(word: str, escape: str = "\\") -> str:
    """Remove quotes and escapes without touching variables."""
    if "'" not in word and '"' not in word and escape not in word:
        return word
    result: list[str] = []
    quote = ""
    index, length = 0, len(word)
    while index < length:
        char = word[index]
        if char == escape and quote != "'" and index + 1 < length:
            following = word[index + 1]
            result.append(char + following if quote == '"' and following not in '"$\\' else following)
            index += 2
            continue
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        else:
            result.append(char)
        index += 1
    return "".join(result)


def substitute(
    text: str, env: Mapping[str, str], *, keep_unset: bool = False, escape: str = "\\", quotes: bool = True, depth: int = 0
) -> str:
    """Replace `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}`; single quotes protect, quotes stay in place.

    An unset name becomes nothing, or stays as written with `keep_unset`. Without `quotes`, quotes mean nothing
    (Compose, exec form). The result is cut at MAX_EXPANDED.
    """
    if "$" not in text or depth > 8:
        return text[:MAX_EXPANDED] if len(text) > MAX_EXPANDED and depth else text
    result: list[str] = []
    size = 0
    quote = ""
    index, length = 0, len(text)
    while index < length and size <= MAX_EXPANDED:
        char = text[index]
        piece = char
        step = 1
        if char == escape and quote != "'" and index + 1 < length:
            piece, step = (text[index + 1], 2) if text[index + 1] == "$" else (text[index : index + 2], 2)
        elif quotes and char == "'" and quote != '"':
            quote = "" if quote else "'"
        elif quotes and char == '"' and quote != "'":
            quote = "" if quote else '"'
        elif char == "$" and quote != "'":
            piece, step = _variable(text, index, env, keep_unset, escape, depth)
        result.append(piece)
        size += len(piece)
        index += step
    return "".join(result)[:MAX_EXPANDED]


def resolve(word: str, env: Mapping[str, str], *, keep_unset: bool = False, escape: str = "\\") -> str:
    """Substitute variables, then remove quotes: the value a builder would use."""
    return strip_quotes(substitute(word, env, keep_unset=keep_unset, escape=escape), escape)


def _variable(text: str, start: int, env: Mapping[str, str], keep: bool, escape: str, depth: int) -> tuple[str, int]:
    """Read the variable at `start` (a dollar sign); return its value and how many characters it took."""
    if start + 1 >= len(text):
        return "$", 1
    if text[start + 1] != "{":
        end = start + 1
        while end < len(text) and text[end] in (_NAME if end > start + 1 else _NAME_START):
            end += 1
        name = text[start + 1 : end]
        if not name:
            return "$", 1
        return env.get(name, f"${name}" if keep else ""), end - start
    end = _closing(text, start + 2)
    if end < 0:
        return "$", 1
    inner = text[start + 2 : end]
    whole = text[start : end + 1]
    cut = 0
    while cut < len(inner) and inner[cut] in _NAME:
        cut += 1
    name, operator = inner[:cut], inner[cut:]
    value = env.get(name)
    if not operator:
        shown = value if value is not None else (whole if keep else "")
    elif operator[:2] == ":-" or operator[:1] == "-":
        word = operator[2:] if operator[0] == ":" else operator[1:]
        missing = not value if operator[0] == ":" else value is None
        shown = substitute(word, env, keep_unset=keep, escape=escape, depth=depth + 1) if missing else (value or "")
    elif operator[:2] == ":+" or operator[:1] == "+":
        word = operator[2:] if operator[0] == ":" else operator[1:]
        shown = substitute(word, env, keep_unset=keep, escape=escape, depth=depth + 1) if value else ""
    elif operator[:2] == ":?" or operator[:1] == "?":
        shown = value if value is not None else whole
    else:
        shown = value if value is not None else (whole if keep else "")
    return shown, len(whole)


def _closing(text: str, start: int) -> int:
    """Return where the brace opened before `start` closes, -1 when it does not within a reasonable distance."""
    level = 1
    for index in range(start, min(len(text), start + 2048)):
        if text[index] == "{" and text[index - 1] == "$":
            level += 1
        elif text[index] == "}":
            level -= 1
            if level == 0:
                return index
    return -1
