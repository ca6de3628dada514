"""A job may run for six hours."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.reader import mapping


def check(context: Context) -> Iterator[Remark]:
    """One remark a file that names the jobs; a called workflow sets its own."""
    late = [job for job in context.workflow.jobs if not job.called and job.steps and "timeout-minutes" not in mapping(job.node)]
    late = [job for job in late if not all("timeout-minutes" in mapping(step.node) for step in job.steps)]
    if late:
        yield Remark(late[0].line, f"{', '.join(job.id for job in late[:5])}: no `timeout-minutes`, so a job that hangs runs for six hours")


RULE = Rule(
    id="github_no_timeout",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.WARNING,
    title="A job without a limit of time",
    why="A test that waits for ever holds a runner for 360 minutes, each time.",
    good="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 10\n    steps: [{run: make}]\n",
    bad="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n",
    check=check,
)
