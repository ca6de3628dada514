"""A proposal's own code runs with the rights and secrets of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_HEAD = re.compile(
    r"pull_request\.head\.(?:sha|ref)|github\.head_ref|refs/pull/|workflow_run\.head_(?:sha|branch)|pull_request\.number.*(?:head|merge)"
)

_OWN_ONLY = re.compile(
    r"head\.repo\.(?:full_name|owner\.login|fork)|head_repository\.(?:full_name|fork)"
    r"|(?:user\.login|github\.actor|triggering_actor|sender\.login|author_association)\s*==|==\s*(?:github\.actor|github\.event\.\w+\.user\.login)"
    r"|label\.name\s*==|labels\.\*\.name"
)
"""Conditions that let only the repository's own branches, known accounts or labelled proposals in."""


def check(context: Context) -> Iterator[Remark]:
    """A checkout of the head under a trigger with secrets, then a step that runs something, unless only known people get there."""
    workflow = context.workflow
    trigger = next((name for name in ("pull_request_target", "workflow_run") if name in workflow.triggers), None)
    if trigger is None:
        return
    for job in workflow.jobs:
        if _OWN_ONLY.search(job.condition):
            continue
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
