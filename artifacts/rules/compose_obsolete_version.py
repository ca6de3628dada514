"""The file carries the obsolete key `version`."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.mending import with_values
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.yamledit import MISSING


def check(context: Context) -> Iterator[Remark]:
    """Look at the top level."""
    root = context.compose.root
    key = root.key("version") if root is not None and root.kind == "map" else None
    if key is not None:
        yield Remark(key.line, "`version` is obsolete; Compose ignores it and warns on every command")


def fix(context: Context) -> str | None:
    """Remove it."""
    return with_values(context.artifact.content, [(("version",), MISSING)])


RULE = Rule(
    id="compose_obsolete_version",
    kind=Kind.COMPOSE,
    severity=Severity.HINT,
    title="The key `version` is obsolete",
    why="Compose reads every file by the current specification. The key changes nothing but a warning on each command.",
    good="services:\n  web:\n    build: .\n",
    bad='version: "3.8"\nservices:\n  web:\n    build: .\n',
    check=check,
    fix=fix,
)
