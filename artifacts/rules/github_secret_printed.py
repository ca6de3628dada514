"""A script prints a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.pipelines import commands
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_SHOWS = re.compile(r"^(?:echo|printf|cat\s*<<<)\s.*\$\{\{\s*secrets\.(\w+)")
_KEPT = re.compile(r"[|>]|::add-mask::")


def check(context: Context) -> Iterator[Remark]:
    """A command that pipes or redirects what it prints hands it on and does not show it."""
    for job, step in context.workflow.steps():
        for command in commands(step.run):
            found = _SHOWS.search(command)
            if found and not _KEPT.search(command):
                yield Remark(step.run_line, f"{job.id} prints the secret {found[1]}; the log hides only its exact text")


RULE = Rule(
    id="github_secret_printed",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.WARNING,
    title="A secret in the log",
    why="GitHub masks the exact value only: a part of it, or it in another encoding, stays readable for everyone who may read the log.",
    good='on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo "${{ secrets.TOKEN }}" | docker login ghcr.io '
    "-u me --password-stdin\n",
    bad='on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo "token is ${{ secrets.TOKEN }}"\n',
    check=check,
)
