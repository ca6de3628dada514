"""XML manifests (pom.xml, project files) as a tree that knows its lines; declarations of entities are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from architect.profile import Evidence

MAX_NODES = 50_000
MAX_DEPTH = 200


@dataclass(slots=True)
class Node:
    """An element: its name without namespace, attributes, own text and 1-based line, children in order."""

    name: str
    path: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    source: str = ""
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, *names: str) -> Node | None:
        """Return the first element at this path of names below this one."""
        node: Node | None = self
        for name in names:
            node = next((child for child in node.children if child.name == name), None) if node else None
        return node

    def value(self, *names: str) -> str | None:
        """Return the text of the element at this path, None when there is none or it is empty."""
        node = self.child(*names)
        return (node.text.strip() or None) if node else None

    def every(self, name: str) -> Iterator[Node]:
        """Yield all elements of this name at any depth, in document order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.every(name)

    @property
    def evidence(self) -> Evidence:
        """Return where this element stands, with the line as it is written."""
        return Evidence(self.path, self.line, self.source)


class _TooMuch(ValueError):
    """The document declares entities, or is larger or deeper than any manifest is."""


def parse(path: str, text: str) -> Node | None:
    """Return the root element; None when the text is no well-formed XML or tries to declare entities."""
    bare = text.removeprefix("\ufeff")
    skipped = len(bare[: len(bare) - len(bare.lstrip())].split("\n")) - 1
    lines = bare.lstrip().split("\n")
    parser = expat.ParserCreate()
    top = Node("", path, 1)
    stack = [top]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_NODES or len(stack) > MAX_DEPTH:
            raise _TooMuch
        line = parser.CurrentLineNumber
        source = lines[line - 1].strip()[:160] if line <= len(lines) else ""
        node = Node(name.rpartition(":")[2], path, line + skipped, attributes, source)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    def data(piece: str) -> None:
        if len(stack[-1].text) < 10_000:
            stack[-1].text += piece

    def refuse(*_: object) -> None:
        raise _TooMuch

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse("\n".join(lines).encode("utf-8", "replace"), True)
    except (expat.ExpatError, _TooMuch, ValueError):
        return None
    return top.children[0] if top.children else None
