"""A script prints a variable that holds a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.pipelines import commands
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_SHOWS = re.compile(r"^(?:echo|printf)\s[^|>]*\$\{?((?:\w*_)?(?:PASSWORD|TOKEN|SECRET|PRIVATE_KEY|API_?KEY|ACCESS_KEY)\w*)\b")
_KEPT = re.compile(r"[|>]")


def check(context: Context) -> Iterator[Remark]:
    """A command that pipes or redirects what it prints hands it on and does not show it."""
    for job in context.pipeline.jobs:
        for command in commands(job.text):
            found = _SHOWS.search(command)
            if found and not _KEPT.search(command):
                yield Remark(job.line_of("script"), f"{job.name} prints {found[1]}")


RULE = Rule(
    id="gitlab_secret_printed",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="A secret in the log",
    why="Masking hides the exact value only; a variable that is not masked is shown in full.",
    good='deploy-it:\n  script:\n    - echo "$CI_REGISTRY_PASSWORD" | docker login -u me --password-stdin\n',
    bad='deploy-it:\n  script:\n    - echo "signing in with $CI_REGISTRY_PASSWORD"\n',
    check=check,
)
