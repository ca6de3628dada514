"""A declared stage has no job."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Included files may bring the jobs."""
    pipeline = context.pipeline
    if context.is_part or not pipeline.declared or any(job.incomplete for job in pipeline.jobs):
        return
    used = {job.stage for job in pipeline.running()}
    for stage in pipeline.stages[1:-1]:
        if stage not in used and "$" not in stage:
            yield Remark(pipeline.line_of("stages"), f"no job is in the stage {stage}")


RULE = Rule(
    id="gitlab_unreachable_stage",
    kind=Kind.GITLAB_CI,
    severity=Severity.HINT,
    title="A stage without jobs",
    why="A stage nobody is in reads as if something were checked that is not.",
    good="stages: [test]\nunit:\n  stage: test\n  script: [pytest]\n",
    bad="stages: [test, deploy]\nunit:\n  stage: test\n  script: [pytest]\n",
    check=check,
)
