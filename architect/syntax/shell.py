"""Shell text in a Dockerfile: splitting at `&&`, quoting, joining over lines."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence

_PIPE = re.compile(r"(?<![|])\|(?![|])")


def commands(text: str) -> list[str]:
    """Split shell text at its top-level `&&`; quoted text, sub-shells and groups stay whole."""
    found: list[str] = []
    start = 0
    for position, character in _top_level(text):
        if character == "&" and text.startswith("&&", position) and position >= start:
            found.append(text[start:position])
            start = position + 2
    found.append(text[start:])
    return [piece for piece in (re.sub(r"\s*\\?\n\s*", " ", part).strip() for part in found) if piece]


def piped(text: str) -> bool:
    """Tell whether the text has a pipe whose left side may fail unseen."""
    return bool(_PIPE.search(_unquoted(text)))


def joined(pieces: Sequence[str]) -> str:
    """Join commands with `&&`, one a line, in the shape of a RUN instruction's text."""
    return " \\\n    && ".join(folded(piece) for piece in pieces)


def folded(text: str, width: int = 120) -> str:
    """Break a long command at spaces outside of quotes."""
    if len(text) <= width:
        return text
    cuts = [position for position, character in _top_level(text) if character == " " and position]
    lines: list[str] = []
    start = 0
    for cut, following in zip(cuts, [*cuts[1:], len(text)], strict=True):
        if following - start > width - 8:
            lines.append(text[start:cut].strip())
            start = cut
    return " \\\n        ".join(line for line in [*lines, text[start:].strip()] if line)


def dollars_in_quotes(text: str) -> bool:
    """Tell whether single quotes keep a `$` from the shell, which ShellCheck takes for a slip (SC2016)."""
    return any("$" in quoted for quoted in re.findall(r"'([^']*)'", text))


def exec_form(argv: Sequence[str]) -> str:
    """Return a command as a JSON array, as CMD, ENTRYPOINT and HEALTHCHECK want it."""
    return json.dumps(list(argv), ensure_ascii=False)


def word(text: str) -> str:
    """Quote one shell word where it needs it."""
    return shlex.quote(text)


def env_value(text: str) -> str:
    """Quote the value of an ENV or LABEL; `$` stays a reference to an earlier variable."""
    if re.fullmatch(r"[\w./:@%+,=~$\{\}*-]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def requoted(text: str) -> str:
    """Return the text with single-quoted parts that hold a `$` in double quotes instead, which says that the `$` is meant."""
    found: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            found.append(text[position : position + 2])
            position += 2
            continue
        end = _closing(text, position) if character in "'\"" else position
        part = text[position : end + 1]
        if character == "'" and "$" in part and not re.search(r"[\"`\\!]", part):
            part = '"' + part[1:-1].replace("$", "\\$") + '"'
        found.append(part)
        position = end + 1
    return "".join(found)


def _closing(text: str, start: int) -> int:
    """Return where the quoted part that begins at `start` ends."""
    quote = text[start]
    position = start + 1
    while position < len(text) and text[position] != quote:
        position += 2 if text[position] == "\\" and quote == '"' else 1
    return position


def _top_level(text: str) -> Iterator[tuple[int, str]]:
    depth = 0
    quote = ""
    position = 0
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\" and quote == '"':
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "\\":
            position += 1
        elif character in "({":
            depth += 1
        elif character in ")}":
            depth = max(0, depth - 1)
        elif depth == 0:
            yield position, character
        position += 1


def _unquoted(text: str) -> str:
    """Return the text with quoted parts blanked."""
    kept: list[str] = []
    quote = ""
    escaped = False
    for character in text:
        if escaped:
            escaped = False
            kept.append(" ")
        elif character == "\\" and quote != "'":
            escaped = True
            kept.append(" ")
        elif quote:
            quote = "" if character == quote else quote
            kept.append(" ")
        elif character in "'\"":
            quote = character
            kept.append(" ")
        else:
            kept.append(character)
    return "".join(kept)
