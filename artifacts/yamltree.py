"""YAML 1.2 text to a bounded tree of nodes with line numbers; duplicate keys, deep nesting and alias bombs are refused.

Built from ruamel.yaml's events rather than its loader, so that every limit is checked before anything grows, and every
key and value knows its lines (needed to carry one decision from one file to another).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from artifacts.errors import UnreadableArtifact
from artifacts.keeping import keep, text_length

MAX_INPUT = 262_144
MAX_EVENTS = 100_000
MAX_DEPTH = 100
MAX_EXPANDED = 60_000
"""Nodes the tree may have once every alias stands for its whole anchor."""

_ENDING_TAB = re.compile(r"[ \t]*\t[ \t]*$", re.MULTILINE)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"^[-+]?[0-9]{1,40}$")
_OCTAL = re.compile(r"^0o[0-7]{1,40}$")
_HEX = re.compile(r"^0x[0-9a-fA-F]{1,40}$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]{1,60}|[0-9]{1,60}(\.[0-9]{0,60})?)([eE][-+]?[0-9]{1,3})?$")
_ABNORMAL = re.compile(r"^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A scalar (`value`), a list (`items`) or a map (`pairs`, key and value nodes in order).

    `line` is 1-based; `end_line` is the last line its own text touches. `size` and `height` count aliases in full.
    """

    kind: str
    line: int
    end_line: int
    column: int
    value: Any = None
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()
    flow: bool = False
    tag: str | None = None
    anchored: bool = False
    size: int = 1
    height: int = 1

    def get(self, key: str) -> Node | None:
        """Return the value of this key of a map, None when there is none."""
        for name, value in self.pairs:
            if name.value == key:
                return value
        return None

    def key(self, key: str) -> Node | None:
        """Return the key's own node, which knows its line."""
        for name, _ in self.pairs:
            if name.value == key:
                return name
        return None

    def entries(self) -> Iterator[tuple[str, Node, Node]]:
        """Yield key text, key node and value node of a map."""
        for name, value in self.pairs:
            yield str(name.value), name, value

    def plain(self) -> Any:
        """Return the node as dicts, lists and scalars; keys become text as JSON wants them."""
        if self.kind == "map":
            return {str(name.value): value.plain() for name, value in self.pairs}
        if self.kind == "list":
            return [item.plain() for item in self.items]
        return self.value


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not been read yet."""

    kind: str
    line: int
    column: int
    flow: bool
    anchor: str | None
    tag: str | None
    children: list[Node] = field(default_factory=list)


@keep(text_length)
def read_yaml(text: str) -> Node:
    """Read one document. Raises UnreadableArtifact with the line when it is not YAML, not one document, or too large."""
    composer = _Composer()
    _read(text, composer)
    if composer.root is None:
        raise UnreadableArtifact("the file is empty")
    return composer.root


@keep(text_length)
def read_documents(text: str) -> tuple[Node, ...]:
    """Read a stream of documents, lines counted through the whole text; a document without content is a null scalar.

    Raises UnreadableArtifact as `read_yaml` does; the limits hold for all documents together.
    """
    composer = _Composer(several=True)
    _read(text, composer)
    return tuple(composer.documents)


@keep(text_length)
def read_lenient(text: str) -> tuple[tuple[Node, ...], tuple[tuple[str, int], ...]]:
    """Read a stream of documents in which the last of equal keys counts, as older readers have it.

    Returns the documents, and each key that was given before with the line of its repetition.
    """
    composer = _Composer(several=True, repeated=[])
    _read(text, composer)
    return tuple(composer.documents), tuple(composer.repeated or ())


def _read(text: str, composer: _Composer) -> None:
    """Give every event of the text to the composer. Raises UnreadableArtifact."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if len(text) > MAX_INPUT:
        raise UnreadableArtifact(f"the file has {len(text)} characters, more than the {MAX_INPUT} that are read")
    # YAML allows a tab at a line's end; the scanner does not know that
    text = _ENDING_TAB.sub("", text) if "\t" in text else text
    try:
        for count, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
            if count > MAX_EVENTS:
                raise UnreadableArtifact(f"the file has more than {MAX_EVENTS} YAML elements")
            composer.take(event)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UnreadableArtifact(f"this is not valid YAML: {str(problem)[:160]}", mark.line + 1 if mark else None) from None
    except (ValueError, IndexError, AttributeError, TypeError, RecursionError, AssertionError) as error:
        if isinstance(error, UnreadableArtifact):
            raise
        raise UnreadableArtifact("this is not valid YAML: the reader could not make sense of it") from None


class _Composer:
    """Builds nodes from events and holds the limits; `several` takes a stream of documents instead of one.

    With a list for `repeated` a key given twice is noted there instead of refused.
    """

    def __init__(self, *, several: bool = False, repeated: list[tuple[str, int]] | None = None) -> None:
        self.several = several
        self.repeated = repeated
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.documents: list[Node] = []
        self.expanded = 0

    def take(self, event: Any) -> None:
        """Take one event of the parser."""
        name = type(event).__name__
        if name == "ScalarEvent":
            self._add(self._scalar(event), event.anchor)
        elif name == "AliasEvent":
            self._alias(event)
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self.stack) >= MAX_DEPTH:
                raise UnreadableArtifact(f"the file nests deeper than {MAX_DEPTH} levels", event.start_mark.line + 1)
            kind = "map" if name == "MappingStartEvent" else "list"
            mark = event.start_mark
            tag = str(event.tag) if event.tag else None
            self.stack.append(_Open(kind, mark.line + 1, mark.column, bool(event.flow_style), event.anchor, tag))
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            opened = self.stack.pop()
            self._add(self._collection(opened, event), opened.anchor)
        elif name == "DocumentStartEvent" and self.root is not None:
            raise UnreadableArtifact("the file holds several YAML documents; one is expected", event.start_mark.line + 1)
        elif name == "DocumentEndEvent" and self.several:
            self._finish()

    def _finish(self) -> None:
        """End a document of a stream; anchors do not reach into the next one."""
        if self.root is not None:
            self.expanded += self.root.size
            if self.expanded > MAX_EXPANDED:
                raise UnreadableArtifact(f"the file's documents expand to more than {MAX_EXPANDED} elements", self.root.line)
            self.documents.append(self.root)
        self.root = None
        self.anchors = {}

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        node = self.anchors.get(event.anchor)
        if node is None:
            inside = any(opened.anchor == event.anchor for opened in self.stack)
            reason = "points into itself" if inside else "has no anchor before it"
            raise UnreadableArtifact(f"the alias *{str(event.anchor)[:40]} {reason}", line)
        self._add(node, None)

    def _scalar(self, event: Any) -> Node:
        start, end = event.start_mark, event.end_mark
        tag = str(event.tag) if event.tag else None
        plain = bool(event.implicit[0]) and event.style in (None, "")
        value: Any = scalar(event.value) if plain and tag is None else event.value
        if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:float", "tag:yaml.org,2002:null"):
            value = scalar(event.value)
        end_line = end.line + 1 if end.column > 0 or end.line == start.line else end.line
        above = self.stack[-1].children if self.stack and self.stack[-1].kind == "map" else []
        if start.index == end.index and len(above) % 2 == 1:  # a key without a value: the parser's mark is at what comes next
            return Node("scalar", above[-1].line, above[-1].end_line, start.column, value, tag=tag, anchored=bool(event.anchor))
        return Node("scalar", start.line + 1, end_line, start.column, value, tag=tag, anchored=bool(event.anchor))

    def _collection(self, opened: _Open, event: Any) -> Node:
        children = opened.children
        size = 1 + sum(child.size for child in children)
        height = 1 + max((child.height for child in children), default=0)
        if size > MAX_EXPANDED:
            raise UnreadableArtifact(f"the file's anchors and aliases expand to more than {MAX_EXPANDED} elements", opened.line)
        if height > MAX_DEPTH:
            raise UnreadableArtifact(f"the file nests deeper than {MAX_DEPTH} levels once its aliases are filled in", opened.line)
        last = max((child.end_line for child in children if child.line >= opened.line), default=opened.line)
        end_line = event.end_mark.line + 1 if opened.flow else last
        common: dict[str, Any] = {
            "line": opened.line,
            "end_line": end_line,
            "column": opened.column,
            "flow": opened.flow,
            "tag": opened.tag,
            "anchored": bool(opened.anchor),
            "size": size,
            "height": height,
        }
        if opened.kind == "list":
            return Node("list", items=tuple(children), **common)
        return Node("map", pairs=_pairs(children, self.repeated), **common)


def scalar(text: str) -> Any:
    """Read a plain scalar by the YAML 1.2 core schema: null, booleans, integers, floats, else text."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _INT.match(text):
        return int(text)
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text[2:], 16)
    if _FLOAT.match(text):
        return float(text)
    if _ABNORMAL.match(text):
        return text
    return text


def _pairs(children: list[Node], repeated: list[tuple[str, int]] | None = None) -> tuple[tuple[Node, Node], ...]:
    """Pair keys with values, refuse duplicates (or note them), and fill in merge keys behind the map's own keys."""
    own: dict[Any, tuple[Node, Node]] = {}
    merged: list[Node] = []
    for key, value in zip(children[::2], children[1::2], strict=True):
        if key.kind != "scalar":
            raise UnreadableArtifact("a key is a list or a map; text is expected", key.line)
        if key.value == "<<" and key.tag is None:
            merged += _merge_sources(value, key.line)
            continue
        name = str(key.value)
        if name in own and repeated is not None:
            repeated.append((name, key.line))
        elif name in own:
            raise UnreadableArtifact(f"the key {name[:60]!r} is given twice, first on line {own[name][0].line}", key.line)
        own[name] = (key, value)
    for source in merged:
        for key, value in source.pairs:
            own.setdefault(str(key.value), (key, value))
    return tuple(own.values())


def _merge_sources(value: Node, line: int) -> list[Node]:
    sources = list(value.items) if value.kind == "list" else [value]
    if any(source.kind != "map" for source in sources):
        raise UnreadableArtifact("a merge key (<<) needs a map or a list of maps", line)
    return sources
