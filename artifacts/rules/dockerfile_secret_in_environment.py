"""A secret stands in ENV or in the default of an ARG."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable

_NOWHERE = re.compile(r"[a-z][a-z0-9+.-]*://[^@\s]*@(?:localhost|127\.0\.0\.1)(?=[:/]|$)", re.I)
_STAND_IN = re.compile(r"[a-z][a-z0-9+.-]*://([\w-]+):\1@(?:localhost|127\.0\.0\.1)(?=[:/]|$)", re.I)


def check(context: Context) -> Iterator[Remark]:
    """Judge by the variable's name and by the value's shape; references and stand-ins do not count.

    An address of the machine itself that only a build stage sees leads nowhere: builds that insist on one get it. In the image that runs,
    one whose password is the user's name is a stand-in too.
    """
    chain = {stage.index for stage in context.image.chain} if context.image is not None else set()
    for stage in context.dockerfile.stages:
        for instruction in stage.instructions:
            if instruction.op not in ("ENV", "ARG"):
                continue
            for name, value in instruction.pairs():
                address = (value or "").strip("'\"")
                if _STAND_IN.match(address) or (stage.index not in chain and _NOWHERE.match(address)):
                    continue
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
