"""A job is in a stage the file does not declare."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """An included file may declare the stages."""
    pipeline = context.pipeline
    if context.is_part and not pipeline.declared:
        return
    for job in pipeline.running():
        if context.is_part and "stage" not in job.keys:
            continue
        if job.stage not in pipeline.stages and "$" not in job.stage and not (job.incomplete and "stage" not in job.keys):
            known = ", ".join(pipeline.stages[1:-1])
            yield Remark(job.line_of("stage"), f"{job.name} is in the stage {job.stage}, which is not one of {known}")


RULE = Rule(
    id="gitlab_undefined_stage",
    kind=Kind.GITLAB_CI,
    severity=Severity.ERROR,
    title="A stage that is not declared",
    why="GitLab refuses the whole pipeline when a job names a stage that `stages` does not list.",
    good="stages: [test]\nunit:\n  stage: test\n  script: [make test]\n",
    bad="stages: [test]\nunit:\n  stage: tests\n  script: [make test]\n",
    check=check,
)
