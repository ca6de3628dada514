"""A variable or output nobody explains."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own


def check(context: Context) -> Iterator[Remark]:
    """The description is what `terraform plan` shows when it asks."""
    for block in own(context.module, context.artifact.path, "variable", "output"):
        if block.body.get("description") is None:
            yield Remark(block.line, f"{block.address[:80]} has no description")


RULE = Rule(
    id="terraform_without_description",
    kind=Kind.TERRAFORM,
    severity=Severity.HINT,
    title="A variable or output without a description",
    why="Whoever fills it in a year from now, or reads it in a pipeline, has nothing else to go by.",
    good="""\
variable "copies" {
  description = "How many copies of the service run."
  type        = number
}
""",
    bad="""\
variable "copies" {
  type = number
}
""",
    check=check,
)
