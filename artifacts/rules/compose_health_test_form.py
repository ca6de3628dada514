"""A health check's list does not begin with CMD, CMD-SHELL or NONE."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A string needs no prefix; a list does."""
    for service in context.compose.services:
        health = service.node.get("healthcheck")
        test = health.get("test") if health is not None else None
        if test is None or test.kind != "list" or not test.items:
            continue
        first = str(test.items[0].value)
        if first not in ("CMD", "CMD-SHELL", "NONE") and "$" not in first:
            yield Remark(
                test.line, f"the health check of {service.name} begins with {first[:40]!r}; CMD, CMD-SHELL or NONE must come first"
            )


RULE = Rule(
    id="compose_health_test_form",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A health check list without CMD",
    why="The list form says first how the rest is run. Without CMD or CMD-SHELL the file is refused.",
    good='services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: ["CMD", "pg_isready"]\n',
    bad='services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: ["pg_isready"]\n',
    check=check,
)
