"""A job has `rules` beside `only` or `except`."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Inherited keys count too."""
    for job in context.pipeline.running():
        older = sorted(job.keys.keys() & {"only", "except"})
        if older and "rules" in job.keys:
            yield Remark(job.line_of("rules"), f"{job.name} has `rules` and `{older[0]}`; keep the rules")


RULE = Rule(
    id="gitlab_only_with_rules",
    kind=Kind.GITLAB_CI,
    severity=Severity.ERROR,
    title="Two ways to say when",
    why="GitLab refuses a job that has both `rules` and `only` or `except`.",
    good="unit:\n  script: [pytest]\n  rules:\n    - if: $CI_COMMIT_TAG\n",
    bad="unit:\n  script: [pytest]\n  only: [main]\n  rules:\n    - if: $CI_COMMIT_TAG\n",
    check=check,
)
