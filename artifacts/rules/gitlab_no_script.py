"""A job has nothing to run."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A template may leave it to those that extend it; an included file may complete a job of the same name."""
    pipeline = context.pipeline
    if context.is_part:
        return
    for job in pipeline.running():
        if not job.incomplete and not job.keys.keys() & {"script", "trigger", "run"} and job.name != "pages":
            yield Remark(job.line, f"{job.name} has no `script`")


RULE = Rule(
    id="gitlab_no_script",
    kind=Kind.GITLAB_CI,
    severity=Severity.ERROR,
    title="A job that does nothing",
    why="GitLab refuses a job without `script`, `run` or `trigger`.",
    good="unit:\n  image: python:3.13\n  script: [pytest]\n",
    bad="unit:\n  image: python:3.13\n  before_script: [pip install .]\n",
    check=check,
)
