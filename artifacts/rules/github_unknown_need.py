"""A job waits for a job that does not exist, or for itself by a detour."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Names first, then cycles among those that exist."""
    workflow = context.workflow
    known = {job.id: [name for name, _ in job.needs] for job in workflow.jobs}
    for job in workflow.jobs:
        for name, line in job.needs:
            if name not in known and "${{" not in name:
                yield Remark(line, f"{job.id} needs {name}, which is not a job of this workflow")
    try:
        TopologicalSorter(known).prepare()
    except CycleError as found:
        circle = set(found.args[1])
        job = next(job for job in workflow.jobs if job.id in circle and job.needs)
        yield Remark(job.line_of("needs"), f"{job.id} waits for itself: its `needs` lead back to it")


RULE = Rule(
    id="github_unknown_need",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="A need that does not exist",
    why="GitHub refuses the whole workflow when a job waits for one that is not there, or for itself.",
    good="on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps: [{run: make test}]\n"
    "  image:\n    needs: test\n    runs-on: ubuntu-24.04\n    steps: [{run: make image}]\n",
    bad="on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps: [{run: make test}]\n"
    "  image:\n    needs: tests\n    runs-on: ubuntu-24.04\n    steps: [{run: make image}]\n",
    check=check,
)
