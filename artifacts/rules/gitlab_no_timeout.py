"""No job has a limit of time."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark a file, where neither a job nor the defaults say anything."""
    pipeline = context.pipeline
    running = list(pipeline.running())
    if running and not context.is_part and not any("timeout" in job.keys for job in running):
        yield Remark(running[0].line, "no job has a `timeout`; one under `default` holds for all")


RULE = Rule(
    id="gitlab_no_timeout",
    kind=Kind.GITLAB_CI,
    severity=Severity.HINT,
    title="Jobs without a limit of time",
    why="A job that hangs holds a runner for an hour, or for as long as the project allows.",
    good="default:\n  timeout: 20 minutes\nunit:\n  script: [pytest]\n",
    bad="unit:\n  script: [pytest]\n",
    check=check,
)
