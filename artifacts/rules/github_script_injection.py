"""What a stranger can write stands inside a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.expressions import UNTRUSTED
from artifacts.workflows.model import EXPRESSION
from artifacts.yamltree import Node

_PROPOSED = ("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment", "workflow_call")


def _written(value: str, triggers: Mapping[str, Node | None]) -> bool:
    """Tell whether a stranger's text can be there: only a proposal has a head, and a branch that the trigger names is known."""
    if value == "github.head_ref":
        return any(name in triggers for name in _PROPOSED)
    if value.endswith("workflow_run.head_branch"):
        filters = triggers.get("workflow_run")
        named = filters.get("branches") if filters is not None else None
        names = [item.value for item in named.items] if named is not None and named.kind == "list" else []
        return not names or any(not isinstance(name, str) or "*" in name for name in names)
    return True


def check(context: Context) -> Iterator[Remark]:
    """Scripts of `run` and of actions/github-script; values handed over through `env` are fine."""
    for job, step in context.workflow.steps():
        script = step.run or (step.text("script") if step.use and step.use.name == "actions/github-script" else "")
        for match in EXPRESSION.finditer(script[:60_000]):
            found = UNTRUSTED.search(match[1])
            if found and _written(found[0], context.workflow.triggers):
                line = step.run_line + script.count("\n", 0, match.start()) + (1 if "\n" in script else 0)
                yield Remark(
                    line if step.run else step.line,
                    f"a script of {job.id} contains {found[0]}, which a stranger writes; pass it through `env`",
                )
                break


RULE = Rule(
    id="github_script_injection",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="A stranger's words in a script",
    why="The text is put into the script before the shell reads it: a title such as `$(curl ...)` is run on the runner.",
    good="on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - env:\n"
    '          TITLE: ${{ github.event.pull_request.title }}\n        run: echo "$TITLE"\n',
    bad='on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo "${{ github.event.pull_request.title '
    '}}"\n',
    check=check,
)
