"""Goes through expressions: what is inside one, and which references it makes outside its own loops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.terraform.model import (
    Block,
    Body,
    Call,
    Directive,
    Expression,
    Index,
    Loop,
    Mapping,
    Member,
    Name,
    Operation,
    Parenthesis,
    Sequence,
    Splat,
    Template,
)

_NO_REFERENCES = frozenset({"ignore_changes", "provider", "providers"})
"""Arguments whose names are not references to other blocks."""


def inside(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly inside one, in the order of the text."""
    match expression:
        case Template():
            return tuple(piece for piece in expression.pieces if not isinstance(piece, str))
        case Directive() | Call():
            return expression.arguments
        case Member() | Splat():
            return (expression.of,)
        case Index():
            return (expression.of, expression.key)
        case Operation():
            return expression.operands
        case Sequence():
            return expression.items
        case Mapping():
            return tuple(part for pair in expression.items for part in pair)
        case Loop():
            parts = (expression.collection, expression.key, expression.value, expression.condition)
            return tuple(part for part in parts if part is not None)
        case Parenthesis():
            return (expression.inner,)
        case _:
            return ()


def every(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all that is inside it."""
    waiting = [expression]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(inside(found)))


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference: its names as far as they are written out (`aws_vpc`, `main`, `id`), and its line."""

    path: tuple[str, ...]
    line: int

    @property
    def root(self) -> str:
        """Return the first name."""
        return self.path[0]


def references(expression: Expression, bound: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """Yield the references of an expression to what is outside it; `bound` are names that a loop around it gives."""
    match expression:
        case Name() | Member() | Index() | Splat():
            path = path_of(expression)
            if path and path[0] not in bound:
                yield Reference(path, expression.line)
            yield from _in_keys(expression, bound, rooted=bool(path))
        case Loop():
            yield from references(expression.collection, bound)
            within = bound | set(expression.bound)
            for part in (expression.key, expression.value, expression.condition):
                if part is not None:
                    yield from references(part, within)
        case Template():
            yield from _in_template(expression, bound)
        case _:
            for part in inside(expression):
                yield from references(part, bound)


def _in_keys(expression: Expression, bound: frozenset[str], *, rooted: bool) -> Iterator[Reference]:
    """Yield what the indexes of a chain refer to, and its base where that is no name."""
    while isinstance(expression, Member | Index | Splat):
        if isinstance(expression, Index):
            yield from references(expression.key, bound)
        expression = expression.of
    if not rooted:
        yield from references(expression, bound)


def _in_template(template: Template, bound: frozenset[str]) -> Iterator[Reference]:
    scopes = [bound]
    for piece in template.pieces:
        if isinstance(piece, str):
            continue
        if isinstance(piece, Directive):
            for argument in piece.arguments:
                yield from references(argument, scopes[-1])
            if piece.name in ("for", "if"):
                scopes.append(scopes[-1] | set(piece.bound))
            elif piece.name in ("endfor", "endif") and len(scopes) > 1:
                scopes.pop()
        else:
            yield from references(piece, scopes[-1])


def path_of(expression: Expression) -> tuple[str, ...]:
    """Return the names a reference is made of, up to its first index or splat but through constant keys; () for other expressions."""
    names: list[str] = []
    while True:
        if isinstance(expression, Member):
            names.append(expression.name)
            expression = expression.of
        elif isinstance(expression, Index | Splat):
            key = expression.key if isinstance(expression, Index) else None
            text = key.text if isinstance(key, Template) else None
            names = [*names, "*" if text is None else text]
            expression = expression.of
        elif isinstance(expression, Name):
            names.append(expression.name)
            return tuple(reversed(names))
        else:
            return ()


def body_references(body: Body, bound: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """Yield the references of a body and its blocks; a `dynamic` block's iterator is known inside its content."""
    for attribute in body.attributes:
        if attribute.name not in _NO_REFERENCES:
            yield from references(attribute.value, bound)
    for block in body.blocks:
        yield from body_references(block.body, bound | _iterator(block))


def _iterator(block: Block) -> frozenset[str]:
    if block.kind != "dynamic" or not block.labels:
        return frozenset()
    named = block.body.get("iterator")
    return frozenset({named.name if isinstance(named, Name) else block.labels[0]})
