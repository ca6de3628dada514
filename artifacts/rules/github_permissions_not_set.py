"""A workflow does not say which rights it needs."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark a file, unless every job says it for itself."""
    workflow = context.workflow
    if workflow.permissions is None and any(job.permissions is None for job in workflow.jobs):
        yield Remark(workflow.line_of("jobs"), "nothing says which rights the jobs have; `permissions: contents: read` is enough for most")


RULE = Rule(
    id="github_permissions_not_set",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.HINT,
    title="Rights are not stated",
    why="The default is a setting of the repository or the organisation, and in older ones it is to write everything.",
    good="on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n",
    bad="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n",
    check=check,
)
