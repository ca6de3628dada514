"""A job has only rules that say never."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.reader import mapping, text_of


def check(context: Context) -> Iterator[Remark]:
    """Look at the rules themselves; an empty list of them keeps the job out as well."""
    for job in context.pipeline.running():
        rules = job.keys.get("rules")
        if rules is None or rules.kind != "list" or rules.tag is not None or any(item.kind != "map" for item in rules.items):
            continue
        if all(text_of(mapping(item).get("when")) == "never" for item in rules.items):
            yield Remark(job.line_of("rules"), f"{job.name} can never run: each of its rules says `when: never`")


RULE = Rule(
    id="gitlab_never_runs",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="A job that never runs",
    why="Every rule of the job says never, so it is in no pipeline.",
    good="unit:\n  script: [pytest]\n  rules:\n    - if: $CI_COMMIT_TAG\n      when: never\n    - when: on_success\n",
    bad="unit:\n  script: [pytest]\n  rules:\n    - if: $CI_COMMIT_TAG\n      when: never\n",
    check=check,
)
