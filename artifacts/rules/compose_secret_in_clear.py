"""A secret stands in the file in clear."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable


def check(context: Context) -> Iterator[Remark]:
    """References such as ${DB_PASSWORD} do not count, with or without a default."""
    for service in context.compose.services:
        for variable in service.environment:
            if variable.value is not None and "${" not in variable.value and secret_variable(variable.name, variable.value):
                yield Remark(variable.line, f"{service.name}: {variable.name[:60]} holds a value that looks like a secret")


RULE = Rule(
    id="compose_secret_in_clear",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="A secret in clear",
    why="A Compose file is committed. Refer to a variable (${DB_PASSWORD:?}), an env_file that is not committed, or `secrets:`.",
    good="services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}\n",
    bad="services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: hunter2\n",
    check=check,
)
