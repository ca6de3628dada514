"""An expression reads a job that the reading job does not wait for, or an output that job does not set."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.expressions import expressions, references


def check(context: Context) -> Iterator[Remark]:
    """A reusable workflow sets outputs that are not seen here."""
    workflow = context.workflow
    for job in workflow.jobs:
        needed = {name for name, _ in job.needs}
        for found in expressions(job.node):
            for parts in references(found.text, "needs"):
                if parts[0] == "*" or any("${{" in name for name in needed):
                    continue
                other = workflow.job(parts[0])
                if parts[0] not in needed:
                    if other is not None:
                        yield Remark(found.line, f"{job.id} reads needs.{'.'.join(parts)} without having {parts[0]} among its `needs`")
                elif other is not None and not other.called and len(parts) > 2 and parts[1] == "outputs" and parts[2] not in other.outputs:
                    yield Remark(found.line, f"{job.id} reads the output {parts[2]} of {parts[0]}, which sets no such output")


RULE = Rule(
    id="github_undefined_output",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="An output no job sets",
    why="The expression is empty without a word, and a condition on it never holds.",
    good="on: push\njobs:\n  changes:\n    runs-on: ubuntu-24.04\n    outputs:\n      api: ${{ steps.f.outputs.api }}\n    steps:\n"
    '      - id: f\n        run: echo api=true >> "$GITHUB_OUTPUT"\n'
    "  api:\n    needs: changes\n    if: needs.changes.outputs.api == 'true'\n    runs-on: ubuntu-24.04\n    steps: [{run: make api}]\n",
    bad="on: push\njobs:\n  changes:\n    runs-on: ubuntu-24.04\n    steps:\n      - id: f\n"
    '        run: echo api=true >> "$GITHUB_OUTPUT"\n'
    "  api:\n    needs: changes\n    if: needs.changes.outputs.api == 'true'\n    runs-on: ubuntu-24.04\n    steps: [{run: make api}]\n",
    check=check,
)
