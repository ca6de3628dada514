"""The expressions of a workflow and what they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.workflows.model import EXPRESSION
from artifacts.yamltree import Node

MOST = 3000
UNTRUSTED = re.compile(
    r"github\.event\.(?:issue|pull_request|discussion|review|comment|review_comment)\.(?:title|body)\b"
    r"|github\.event\.pull_request\.head\.(?:ref|label|repo\.default_branch)\b|github\.event\.(?:head_commit|commits[\w\[\].*]*)\.(?:message|author\.(?:email|name))\b"
    r"|github\.event\.pages[\w\[\].*]*\.page_name\b|github\.event\.workflow_run\.(?:head_branch|display_title|head_commit\.message|head_repository\.description)\b|github\.head_ref\b"
)
"""What a stranger can write: titles, texts, names of branches, messages of commits."""
_QUOTED = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True)
class Found:
    """One expression: its text without the braces, the line of the value it stands in, the keys that lead there."""

    text: str
    line: int
    path: tuple[str, ...]


def expressions(node: Node, path: tuple[str, ...] = ()) -> Iterator[Found]:
    """Yield every expression below a node; the value of an `if` is one without braces."""
    left = MOST
    stack: list[tuple[Node, tuple[str, ...]]] = [(node, path)]
    while stack and left > 0:
        current, where = stack.pop()
        if current.kind == "map":
            stack += [(value, (*where, key)) for key, _, value in reversed(list(current.entries()))]
        elif current.kind == "list":
            stack += [(item, (*where, str(number))) for number, item in reversed(list(enumerate(current.items)))]
        elif isinstance(current.value, str):
            bare = where[-1:] == ("if",) and "${{" not in current.value
            texts = [current.value] if bare else [match[1] for match in EXPRESSION.finditer(current.value[:60_000])]
            for text in texts:
                left -= 1
                yield Found(text.strip(), current.line, where)


def references(text: str, context: str) -> Iterator[tuple[str, ...]]:
    """Yield what an expression reads of a context as parts: `steps.meta.outputs.tags` of `steps` is (meta, outputs, tags)."""
    plain = _QUOTED.sub(lambda hit: hit[0] if hit.start() and text[hit.start() - 1] == "[" else "''", text)
    for match in re.finditer(rf"(?<![\w.-]){context}((?:\.[\w*-]+|\['[\w.-]+'\])+)", plain):
        yield tuple(part for pair in re.findall(r"\.([\w*-]+)|\['([\w.-]+)'\]", match[1]) for part in pair if part)
