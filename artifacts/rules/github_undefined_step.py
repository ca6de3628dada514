"""An expression reads the outputs of a step that the job does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.expressions import expressions, references


def check(context: Context) -> Iterator[Remark]:
    """Steps of the same job count; an id given twice is refused by GitHub and reported here too."""
    for job in context.workflow.jobs:
        if job.called:
            continue
        ids: set[str] = set()
        for step in job.steps:
            if step.id and step.id in ids:
                yield Remark(step.line, f"the id {step.id} is given twice in {job.id}")
            ids |= {step.id} - {""}
        for found in expressions(job.node):
            for parts in references(found.text, "steps"):
                if parts[0] not in ids and parts[0] != "*":
                    yield Remark(found.line, f"{job.id} reads steps.{'.'.join(parts)}, but no step of it has the id {parts[0]}")


RULE = Rule(
    id="github_undefined_step",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="An output of no step",
    why="The expression is empty without a word: an image without a tag, a condition that never holds. Ids belong to one job and are given "
    "once.",
    good='on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - id: meta\n        run: echo "tag=1" >> "$GITHUB_OUTPUT"\n'
    "      - run: make TAG=${{ steps.meta.outputs.tag }}\n",
    bad='on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo "tag=1" >> "$GITHUB_OUTPUT"\n'
    "      - run: make TAG=${{ steps.meta.outputs.tag }}\n",
    check=check,
)
