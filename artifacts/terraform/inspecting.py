"""What rules ask of a module: blocks of one file, arguments by their keys, policies, and which references lead nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from artifacts.terraform.functions import UNKNOWN
from artifacts.terraform.model import Block, Expression, Template
from artifacts.terraform.module import Leaf, Module
from artifacts.terraform.walking import Reference, body_references

REFERRED = ("resource", "data", "module", "ephemeral", "locals", "output", "provider", "variable", "check")
"""Kinds of blocks whose arguments are evaluated; others (`moved`, `import`, `terraform`) name what may not exist."""
KNOWN_ROOTS = frozenset({"var", "local", "data", "module", "ephemeral", "each", "count", "self", "path", "terraform", "action", "tofu"})


def own(module: Module, path: str, *kinds: str) -> Iterator[Block]:
    """Yield the top-level blocks of these kinds in one file."""
    for placed in module.of(*kinds):
        if placed.path == path:
            yield placed.block


def own_resources(module: Module, path: str) -> Iterator[tuple[str, Block]]:
    """Yield type and block of the resources of one file."""
    for block in own(module, path, "resource"):
        if len(block.labels) == 2:
            yield block.labels[0], block


def own_references(module: Module, path: str) -> Iterator[Reference]:
    """Yield the references one file makes."""
    for block in own(module, path, *REFERRED):
        yield from body_references(block.body)


def settings(module: Module, block: Block) -> dict[str, list[Leaf]]:
    """Return the scalars of a resource by their keys joined with dots (`settings.tier`)."""
    found: dict[str, list[Leaf]] = {}
    for leaf in module.leaves(block):
        found.setdefault(".".join(leaf.keys), []).append(leaf)
    return found


def plain(module: Module, expression: Expression | None) -> Any:
    """Return what an expression comes to as plain data; UNKNOWN where only a run could tell."""
    return module.value(expression).plain() if expression is not None else None


def truth(leaves: list[Leaf] | None) -> bool | None:
    """Return the one truth value an argument has; None when it is absent, unknown or differs between instances."""
    values = {leaf.value.data if not isinstance(leaf.value.data, str) else {"true": True, "false": False}.get(leaf.value.data.lower())
              for leaf in leaves or []}  # fmt: skip
    value = next(iter(values)) if len(values) == 1 else None
    return value if isinstance(value, bool) else None


def prevents_destroy(block: Block, module: Module) -> bool:
    """Tell whether Terraform refuses to destroy a resource."""
    return any(plain(module, inner.body.get("prevent_destroy")) is True for inner in block.body.of("lifecycle"))


def statements(module: Module, block: Block) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the statements of the policies a block holds as plain data with lower-case keys, and their lines."""
    if block.kind == "data" and block.labels[:1] == ("aws_iam_policy_document",):
        for inner in block.body.of("statement"):
            found = {attribute.name: plain(module, attribute.value) for attribute in inner.body.attributes}
            for kind in ("principals", "condition"):
                if inner.body.of(kind):
                    found[kind] = True
            yield found, inner.line
        return
    for attribute in (*block.body.attributes, *(item for inner in block.body.walk() for item in inner.body.attributes)):
        if not attribute.name.endswith("policy"):
            continue
        data = plain(module, attribute.value)
        if isinstance(data, str) and data.lstrip().startswith("{"):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                continue
        if isinstance(data, dict):
            given = data.get("Statement")
            for statement in given if isinstance(given, list) else [given]:
                if isinstance(statement, dict):
                    yield {_name(key): value for key, value in statement.items()}, attribute.line


def _name(key: str) -> str:
    return {"Action": "actions", "Resource": "resources", "Principal": "principals", "Effect": "effect", "Condition": "condition"}.get(
        key, key
    )


def texts(value: Any) -> list[str]:
    """Return the texts of a value that is one text or a list of them."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def known_text(expression: Expression | None) -> str | None:
    """Return a text that is written out."""
    return expression.text if isinstance(expression, Template) else None


def is_unknown(value: Any) -> bool:
    """Tell whether a plain value is not told by the files."""
    return value is UNKNOWN or repr(value) == "unknown"
