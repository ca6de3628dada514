"""A job extends a template the file does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """An included file may bring the template."""
    pipeline = context.pipeline
    if context.is_part:
        return
    names = {job.name for job in pipeline.jobs}
    for job in pipeline.jobs:
        for parent, line in job.extends:
            if parent not in names and "$" not in parent:
                yield Remark(line, f"{job.name} extends {parent}, which this pipeline does not have")
            elif parent == job.name:
                yield Remark(line, f"{job.name} extends itself")


RULE = Rule(
    id="gitlab_undefined_extends",
    kind=Kind.GITLAB_CI,
    severity=Severity.ERROR,
    title="A template that does not exist",
    why="GitLab refuses the pipeline when a job extends one that is nowhere defined.",
    good=".base:\n  image: python:3.13\nunit:\n  extends: .base\n  script: [pytest]\n",
    bad=".base:\n  image: python:3.13\nunit:\n  extends: .bases\n  script: [pytest]\n",
    check=check,
)
