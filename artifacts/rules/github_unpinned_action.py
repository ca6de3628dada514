"""An action follows a branch."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Major tags are the authors' own promise; branches such as `main` promise nothing."""
    for _, step in context.workflow.steps():
        if step.use is not None and step.use.pin in ("branch", "none") and "${{" not in step.use.text:
            what = f"follows the branch {step.use.ref}" if step.use.ref else "has no version, which GitHub refuses"
            yield Remark(step.line, f"{step.use.name} {what}; name a version or a commit")


RULE = Rule(
    id="github_unpinned_action",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.WARNING,
    title="An action without a version",
    why="Whoever can push to that branch runs code in this repository's pipeline, with its secrets.",
    good="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v7\n",
    bad="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@main\n",
    check=check,
)
