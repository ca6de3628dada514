"""Prose of a model or of a repository made safe (SECURITY 12): Markdown is read and written anew from what is known to be harmless.

No image, link, raw HTML, control or direction character comes through: an address stays as the text it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from providers.cleaning import clean
from ui.html import Piece, tag

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MOST = 60_000
"""Characters of prose that are laid out; what follows is shown as plain text."""

_BLOCKS = {"paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "blockquote": "blockquote"}
_BLOCKS |= {name: name for name in ("table", "thead", "tbody", "tr", "th", "td")}
_MARKS = {"strong": "strong", "em": "em", "s": "s"}


@dataclass(frozen=True, slots=True)
class Prose:
    """A stretch of text, as markup built from escaped pieces."""

    markup: Piece


@dataclass(frozen=True, slots=True)
class Code:
    """A code block; `info` is what stands behind its fence."""

    text: str
    info: str


def segments(text: str) -> list[Prose | Code]:
    """Return prose and code blocks in their order."""
    found: list[Prose | Code] = []
    pieces: list[str] = []
    tokens = _reader().parse(clean(text)[:MOST])
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.type in ("fence", "code_block") and token.level == 0:
            if pieces:
                found.append(Prose(Piece("".join(pieces))))
                pieces = []
            found.append(Code(token.content.removesuffix("\n"), token.info.strip()))
            place += 1
            continue
        end = _end(tokens, place)
        pieces.append(_written(tokens[place : end + 1]))
        place = end + 1
    if pieces:
        found.append(Prose(Piece("".join(pieces))))
    return found


def _end(tokens: Sequence[Token], place: int) -> int:
    """Return where the block that begins here ends."""
    depth = 0
    for at in range(place, len(tokens)):
        depth += tokens[at].nesting
        if depth <= 0:
            return at
    return len(tokens) - 1


def _written(tokens: Sequence[Token]) -> Piece:
    """Write blocks anew; a kind that is not known gives its text alone."""
    written: list[list[str]] = [[]]
    names: list[str] = []
    for token in tokens:
        if token.nesting == 1:
            names.append(_name(token))
            written.append([])
        elif token.nesting == -1:
            inside = written.pop()
            name = names.pop()
            written[-1].append(tag(name, *inside) if name else Piece("".join(inside)))
        elif token.type == "inline":
            written[-1].append(_inline(token.children or []))
        elif token.type in ("fence", "code_block"):
            written[-1].append(tag("pre", token.content))
        elif token.type == "hr":
            written[-1].append(tag("hr"))
        elif token.content:
            written[-1].append(tag("span", token.content))
    return Piece("".join("".join(part) for part in written))


def _name(token: Token) -> str:
    kind = token.type.removesuffix("_open")
    if kind == "heading":
        return "h5" if token.tag in ("h1", "h2", "h3") else "h6"
    if kind == "paragraph" and token.hidden:
        return ""
    return _BLOCKS.get(kind, "div")


def _inline(tokens: Sequence[Token]) -> Piece:
    """Write a line anew: marks and code stay, a link keeps its words and its address as text, an image its description."""
    written: list[list[str]] = [[]]
    names: list[str] = []
    for token in tokens:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if token.type == "text":
            written[-1].append(_escaped(token.content))
        elif token.type == "code_inline":
            written[-1].append(tag("code", token.content))
        elif token.type in ("softbreak", "hardbreak"):
            written[-1].append(Piece("<br>") if token.type == "hardbreak" else " ")
        elif token.type == "image":
            written[-1].append(_escaped(f"[image: {token.content}]" if token.content else "[image]"))
        elif kind == "link":
            if token.nesting == 1:
                names.append(str(token.attrs.get("href", "")))
                written.append([])
            else:
                inside, address = "".join(written.pop()), names.pop()
                written[-1].append(Piece(inside))
                if address and _escaped(address) != inside:
                    written[-1].append(Piece(f" ({_escaped(address)})"))
        elif kind in _MARKS:
            if token.nesting == 1:
                written.append([])
            else:
                inside = "".join(written.pop())
                written[-1].append(tag(_MARKS[kind], Piece(inside)))
        elif token.content:
            written[-1].append(_escaped(token.content))
    return Piece("".join("".join(part) for part in written))


def _escaped(text: str) -> Piece:
    import html

    return Piece(html.escape(text))


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    """Return the reader: CommonMark with tables, without raw HTML and without making links of addresses."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20}).enable(["table", "strikethrough"])
