"""A registry's password is written down in a script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.pipelines import commands
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_LITERAL = re.compile(
    r"^(?:docker|podman|buildah|skopeo|helm\s+registry)\s+login\b.*(?:-p|--password)[ =](?!-)([^\s$\x60'\"][^\s]*|['\"][^$'\"]+['\"])"
)


def check(context: Context) -> Iterator[Remark]:
    """A variable of the platform is what a password should be."""
    for job in context.pipeline.jobs:
        for command in commands(job.text):
            if _LITERAL.search(command):
                yield Remark(job.line_of("script"), f"{job.name} signs in with a password that stands in the script; use a masked variable")


RULE = Rule(
    id="gitlab_login_without_secret",
    kind=Kind.GITLAB_CI,
    severity=Severity.ERROR,
    title="A sign-in without a secret",
    why="A password in the file is public with it, for every copy of the repository there ever was.",
    good='image-push:\n  script:\n    - docker login -u "$CI_REGISTRY_USER" -p "$CI_REGISTRY_PASSWORD" "$CI_REGISTRY"\n',
    bad="image-push:\n  script:\n    - docker login -u robot -p hunter2 registry.example.com\n",
    check=check,
)
