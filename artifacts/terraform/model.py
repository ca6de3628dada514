"""The typed structure of Terraform's language: bodies, blocks, attributes and expressions, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from artifacts.dockerfile.model import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Any expression. `start` and `end` are offsets into the text (end exclusive), `line` is 1-based."""

    start: int = 0
    end: int = 0
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Expression):
    """A number, `true`, `false` or `null`."""

    value: bool | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive(Expression):
    """A `%{ if }` or `%{ for }` of a template: `name`, its expressions, and the loop's variables."""

    name: str
    arguments: tuple[Expression, ...] = ()
    bound: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Expression):
    """A quoted text or a here-document: texts, interpolated expressions and directives in order."""

    pieces: tuple[str | Expression, ...] = ()
    heredoc: bool = False

    @property
    def text(self) -> str | None:
        """Return the text where nothing is interpolated, else None."""
        if any(not isinstance(piece, str) for piece in self.pieces):
            return None
        return "".join(piece for piece in self.pieces if isinstance(piece, str))


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Expression):
    """A bare name, the root of a reference."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Expression):
    """`of.name`; an old-style `of.0` has the digits as its name."""

    of: Expression
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Expression):
    """`of[key]`."""

    of: Expression
    key: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Splat(Expression):
    """`of[*]` or `of.*`."""

    of: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Expression):
    """A function call; `expand` says that the last argument is spread (`...`)."""

    name: str
    arguments: tuple[Expression, ...] = ()
    expand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Expression):
    """A unary or binary operation, or `?:` with three operands."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Expression):
    """A list: `[a, b]`."""

    items: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(Expression):
    """An object: `{ key = value }`. A bare name as a key is a `Template` of that text."""

    items: tuple[tuple[Expression, Expression], ...] = ()

    def get(self, key: str) -> Expression | None:
        """Return the value under a key that is written out."""
        for name, value in self.items:
            if isinstance(name, Template) and name.text == key:
                return value
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Expression):
    """A `for` expression; `key` is set where it makes an object, `group` where values are collected (`...`)."""

    bound: tuple[str, ...]
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None = None
    group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parenthesis(Expression):
    """An expression in parentheses."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = value`; the offsets reach from the name to the end of the value."""

    name: str
    value: Expression
    line: int
    start: int
    end: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Body:
    """The attributes and blocks between braces, or of a whole file, in their order."""

    attributes: tuple[Attribute, ...] = ()
    blocks: tuple[Block, ...] = ()

    def get(self, name: str) -> Expression | None:
        """Return an attribute's value."""
        attribute = self.attribute(name)
        return attribute.value if attribute is not None else None

    def attribute(self, name: str) -> Attribute | None:
        """Return an attribute."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def of(self, kind: str) -> tuple[Block, ...]:
        """Return the blocks of this kind; the content of `dynamic` blocks counts as one of them."""
        found = []
        for block in self.blocks:
            if block.kind == kind:
                found.append(block)
            elif block.kind == "dynamic" and block.labels[:1] == (kind,):
                found += [inner for inner in block.body.blocks if inner.kind == "content"]
        return tuple(found)

    def walk(self) -> Iterator[Block]:
        """Yield every block below, outer ones first."""
        for block in self.blocks:
            yield block
            yield from block.body.walk()


@dataclass(frozen=True, slots=True)
class Block:
    """`kind "label" { body }`; the offsets reach from the kind to behind the closing brace."""

    kind: str
    labels: tuple[str, ...]
    body: Body
    line: int
    start: int
    end: int
    end_line: int

    @property
    def address(self) -> str:
        """Return how a block is named in references and messages: `aws_vpc.main`, `data.x.y`, `var.z`."""
        if self.kind == "resource":
            return ".".join(self.labels)
        prefix = {"variable": "var", "locals": "local"}.get(self.kind, self.kind)
        return ".".join((prefix, *self.labels))


@dataclass(frozen=True, slots=True)
class TerraformFile:
    """One file as it was read; with faults, the body holds nothing."""

    body: Body
    faults: tuple[Fault, ...] = ()
