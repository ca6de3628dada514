"""A file of the pipeline is fetched from an address."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.reader import mapping, text_of


def check(context: Context) -> Iterator[Remark]:
    """A checksum (`integrity`) fixes what may come back."""
    root = context.pipeline.root
    node = root.get("include") if root is not None else None
    items = node.items if node is not None and node.kind == "list" else (node,) if node is not None else ()
    for item in items:
        keys = mapping(item)
        address = text_of(keys.get("remote")) or (text_of(item) if text_of(item).startswith(("http://", "https://")) else "")
        if address and "integrity" not in keys:
            yield Remark(item.line, f"{address[:80]} is fetched anew for each pipeline; add `integrity` or keep a copy")


RULE = Rule(
    id="gitlab_remote_include",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="A pipeline from elsewhere",
    why="Whoever controls that address decides what runs here, with the secrets of the project.",
    good="include:\n  - local: ci/test.yml\nunit:\n  script: [pytest]\n",
    bad="include:\n  - remote: https://example.com/ci.yml\nunit:\n  script: [pytest]\n",
    check=check,
)
