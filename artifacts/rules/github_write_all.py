"""A workflow or a job is given every right."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.reader import text_of


def check(context: Context) -> Iterator[Remark]:
    """Look at the workflow and at each job."""
    workflow = context.workflow
    if text_of(workflow.permissions) == "write-all":
        yield Remark(workflow.line_of("permissions"), "the workflow has every right; name those it uses")
    for job in workflow.jobs:
        if text_of(job.permissions) == "write-all":
            yield Remark(job.line_of("permissions"), f"{job.id} has every right; name those it uses")


RULE = Rule(
    id="github_write_all",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.WARNING,
    title="Every right at once",
    why="Any action of the job can then push code, publish packages and approve proposals in the repository's name.",
    good="on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n",
    bad="on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n",
    check=check,
)
