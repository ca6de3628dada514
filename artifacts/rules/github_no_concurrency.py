"""Several pushes to one branch run side by side."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.reader import mapping


def check(context: Context) -> Iterator[Remark]:
    """Concerns workflows that run on proposals and are not called by others."""
    workflow = context.workflow
    if "pull_request" not in workflow.triggers or "workflow_call" in workflow.triggers:
        return
    grouped = any("concurrency" in mapping(job.node) for job in workflow.jobs)
    if workflow.line_of("concurrency") is None and not grouped:
        yield Remark(workflow.line_of("on"), "a newer commit does not end the run of an older one; a `concurrency` group does that")


RULE = Rule(
    id="github_no_concurrency",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.HINT,
    title="Outdated runs go on",
    why="Each push to a proposal starts a run; without a group the older ones use runners for results nobody reads.",
    good="on: pull_request\nconcurrency:\n  group: ${{ github.workflow }}-${{ github.ref }}\n  cancel-in-progress: true\njobs:\n"
    "  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n",
    bad="on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: make}]\n",
    check=check,
)
