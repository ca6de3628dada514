"""A job needs a job that does not exist or comes later."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """An included file may define the job; an optional need may be missing."""
    pipeline = context.pipeline
    order = {stage: number for number, stage in enumerate(pipeline.stages)}
    for job in pipeline.running():
        for name, line, optional in job.needs:
            other = pipeline.job(name.split(":", 1)[0].strip()) or pipeline.job(name)
            if other is None:
                if not optional and not context.is_part and "$" not in name and not job.incomplete:
                    yield Remark(line, f"{job.name} needs {name}, which is not a job of this pipeline")
            elif other.name == job.name:
                yield Remark(line, f"{job.name} needs itself")
            elif context.is_part and ("stage" not in job.keys or "stage" not in other.keys):
                continue
            elif order.get(other.stage, 0) > order.get(job.stage, 99):
                yield Remark(line, f"{job.name} ({job.stage}) needs {name}, which runs later, in {other.stage}")


RULE = Rule(
    id="gitlab_undefined_need",
    kind=Kind.GITLAB_CI,
    severity=Severity.ERROR,
    title="A need that does not exist",
    why="GitLab refuses the pipeline when a job needs one that is not there, or one that only runs in a later stage.",
    good="stages: [test, image]\nunit:\n  stage: test\n  script: [make test]\nimage-build:\n  stage: image\n"
    "  needs: [unit]\n  script: [make image]\n",
    bad="stages: [test, image]\nunit:\n  stage: test\n  script: [make test]\nimage-build:\n  stage: image\n"
    "  needs: [units]\n  script: [make image]\n",
    check=check,
)
