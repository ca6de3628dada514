"""A local value that is used and not declared."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_references


def check(context: Context) -> Iterator[Remark]:
    """The files of one folder are one module."""
    seen: set[str] = set()
    for reference in own_references(context.module, context.artifact.path):
        if reference.root == "local" and len(reference.path) > 1:
            name = reference.path[1]
            if name not in context.module.locals and name not in seen:
                seen.add(name)
                yield Remark(reference.line, f"local.{name[:80]} is used, but no locals block sets it")


RULE = Rule(
    id="terraform_undeclared_local",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A local value that is not declared",
    why="Terraform refuses to plan a module that uses a local value no `locals` block of the folder sets.",
    good="""\
locals {
  name = "shop"
}

resource "aws_ecs_cluster" "main" {
  name = local.name
}
""",
    bad="""\
resource "aws_ecs_cluster" "main" {
  name = local.name
}
""",
    check=check,
)
