"""A key is given twice in one place."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Each repetition is reported at its own line."""
    for name, line in context.pipeline.repeated:
        yield Remark(line, f"{name[:60]} is given a second time; what stands above it has no effect")


RULE = Rule(
    id="gitlab_repeated_key",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="A key given twice",
    why="GitLab takes the last one without a word, so what stands above it has no effect.",
    good="unit:\n  image: python:3.13\n  script: [pytest]\n",
    bad="unit:\n  image: python:3.13\n  script: [pytest]\n  image: python:3.12\n",
    check=check,
)
