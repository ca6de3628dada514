"""A variable that is used and not declared."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_references


def check(context: Context) -> Iterator[Remark]:
    """The files of one folder are one module."""
    seen: set[str] = set()
    for reference in own_references(context.module, context.artifact.path):
        if reference.root == "var" and len(reference.path) > 1:
            name = reference.path[1]
            if name not in context.module.variables and name not in seen:
                seen.add(name)
                yield Remark(reference.line, f"var.{name[:80]} is used, but no variable of that name is declared")


RULE = Rule(
    id="terraform_undeclared_variable",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A variable that is not declared",
    why="Terraform refuses to plan a module that uses a variable without a `variable` block in the same folder.",
    good="""\
variable "region" {
  description = "Region."
  type        = string
}

provider "aws" {
  region = var.region
}
""",
    bad="""\
provider "aws" {
  region = var.region
}
""",
    check=check,
)
