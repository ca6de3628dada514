"""A command run while applying."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_resources


def check(context: Context) -> Iterator[Remark]:
    """Of whatever kind: local, remote, or copying files."""
    for _, block in own_resources(context.module, context.artifact.path):
        for inner in block.body.of("provisioner"):
            yield Remark(inner.line, f"{block.address[:100]} runs {' '.join(inner.labels)[:40]} while applying")


RULE = Rule(
    id="terraform_provisioner",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="A provisioner",
    why="Provisioners do not show in the plan, run once and never again, and depend on the machine that applies. Bake it "
    "into the image or let the platform do it.",
    good="""\
resource "aws_ecs_cluster" "main" {
  name = "shop"
}
""",
    bad="""\
resource "aws_ecs_cluster" "main" {
  name = "shop"

  provisioner "local-exec" {
    command = "./notify.sh"
  }
}
""",
    check=check,
)
