"""A proposal's own code runs with the rights and secrets of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_HEAD = re.compile(
    r"pull_request\.head\.(?:sha|ref)|github\.head_ref|refs/pull/|workflow_run\.head_(?:sha|branch)|pull_request\.number.*(?:head|merge)"
)


def check(context: Context) -> Iterator[Remark]:
    """A checkout of the head under a trigger that has secrets, followed by a step that runs something of it."""
    workflow = context.workflow
    trigger = next((name for name in ("pull_request_target", "workflow_run") if name in workflow.triggers), None)
    if trigger is None:
        return
    for job in workflow.jobs:
        for step in job.steps:
            if step.use is None or step.use.name != "actions/checkout" or not _HEAD.search(step.text("ref")):
                continue
            if any(later.position > step.position and (later.run or (later.use and later.use.pin == "local")) for later in job.steps):
                yield Remark(
                    step.line,
                    f"{job.id} checks out the proposal's code under {trigger} and then runs steps on it, with the repository's secrets",
                )


RULE = Rule(
    id="github_runs_foreign_code",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="A stranger's code with our secrets",
    why="Under `pull_request_target` the token may write and secrets are there; a proposal that changes a build script takes both.",
    good="on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v7\n"
    "      - run: make test\n",
    bad="on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v7\n        with:\n"
    "          ref: ${{ github.event.pull_request.head.sha }}\n      - run: make test\n",
    check=check,
)
