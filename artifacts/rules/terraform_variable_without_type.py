"""A variable of any type."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own


def check(context: Context) -> Iterator[Remark]:
    """A default does not say what other values may be."""
    for block in own(context.module, context.artifact.path, "variable"):
        if block.body.get("type") is None:
            yield Remark(block.line, f"{block.address[:80]} takes a value of any type")


RULE = Rule(
    id="terraform_variable_without_type",
    kind=Kind.TERRAFORM,
    severity=Severity.HINT,
    title="A variable without a type",
    why="With a type a wrong value is refused where it is given, not deep in some resource.",
    good="""\
variable "copies" {
  description = "How many."
  type        = number
}
""",
    bad="""\
variable "copies" {
  description = "How many."
}
""",
    check=check,
)
