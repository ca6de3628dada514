"""A secret stands in ENV or in the default of an ARG."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable


def check(context: Context) -> Iterator[Remark]:
    """Judge by the variable's name and by the value's shape; references and stand-ins do not count."""
    for instruction in context.dockerfile.instructions:
        if instruction.op in ("ENV", "ARG"):
            for name, value in instruction.pairs():
                if secret_variable(name, value):
                    yield Remark(instruction.line, f"{instruction.op} {name[:60]} holds a value that looks like a secret")


RULE = Rule(
    id="dockerfile_secret_in_environment",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="A secret is baked into the image",
    why="ENV and ARG values are readable by everyone who can pull the image (docker history, docker inspect), for as long as the image "
    "exists. Give secrets when the container starts, or to a build with RUN --mount=type=secret.",
    good='FROM python:3.12-slim\nENV DATABASE_HOST=db\nUSER nobody\nCMD ["python", "-m", "app"]\n',
    bad='FROM python:3.12-slim\nENV SECRET_KEY=s3cr3t-9f8a7b6c5d\nUSER nobody\nCMD ["python", "-m", "app"]\n',
    check=check,
)
