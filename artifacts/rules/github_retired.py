"""A version of an action or a runner that GitHub has switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

# Switched off by GitHub: artifacts v1 to v3 on 30 January 2025, the old cache service in April 2025.
_ACTIONS = {
    "actions/upload-artifact": re.compile(r"^v?[123](?:\.|$)"),
    "actions/download-artifact": re.compile(r"^v?[123](?:\.|$)"),
    "actions/cache": re.compile(r"^v?[12](?:\.|$)"),
}
_RUNNERS = re.compile(r"^(?:ubuntu-(?:16|18|20)\.04|macos-(?:10\.15|11|12)|windows-(?:2016|2019))$")


def check(context: Context) -> Iterator[Remark]:
    """Jobs on a retired runner wait for ever; steps with a retired action fail at once."""
    for job in context.workflow.jobs:
        for label in job.runners.split(", "):
            if _RUNNERS.match(label):
                yield Remark(job.line_of("runs-on"), f"{job.id} asks for {label}, which GitHub has retired")
    for job, step in context.workflow.steps():
        pattern = _ACTIONS.get(step.use.name) if step.use is not None else None
        if pattern is not None and step.use is not None and pattern.match(step.use.ref):
            yield Remark(step.line, f"{job.id} uses {step.use.text}, which GitHub has switched off")


RULE = Rule(
    id="github_retired",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="An action or a runner that is gone",
    why="The job fails or never starts: GitHub no longer offers it.",
    good="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/upload-artifact@v4\n"
    "        with: {path: dist}\n",
    bad="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/upload-artifact@v3\n"
    "        with: {path: dist}\n",
    check=check,
)
