"""A registry's password is missing or written down."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.pipelines import commands
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_LITERAL = re.compile(r"^docker\s+login\b.*(?:-p|--password)[ =](?!-)([^\s$`'\"][^\s]*|['\"][^$'\"]+['\"])")


def check(context: Context) -> Iterator[Remark]:
    """The action's password must come from an expression; other ways to sign in (an `ecr` switch, a token named in `env`) need none."""
    for job, step in context.workflow.steps():
        if step.use is not None and step.use.name == "docker/login-action":
            password = step.text("password")
            if password and "${{" not in password:
                yield Remark(step.line, f"{job.id} signs in with a password that stands in the file; refer to a secret")
            elif (
                not password
                and step.text("username")
                and step.text("ecr") != "true"
                and "registry-auth" not in step.inputs
                and not step.env
            ):
                yield Remark(step.line, f"{job.id} signs in to a registry without a password")
        for command in commands(step.run):
            if _LITERAL.search(command):
                yield Remark(step.run_line, f"{job.id} signs in with a password that stands in the script; refer to a secret")


RULE = Rule(
    id="github_login_without_secret",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="A sign-in without a secret",
    why="A password in the file is public with it; without one the push is refused after everything was built.",
    good="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: docker/login-action@v4\n        with:\n"
    "          registry: ghcr.io\n          username: ${{ github.actor }}\n          password: ${{ secrets.GITHUB_TOKEN }}\n",
    bad="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: docker/login-action@v4\n        with:\n"
    "          registry: ghcr.io\n          username: robot\n          password: hunter2\n",
    check=check,
)
