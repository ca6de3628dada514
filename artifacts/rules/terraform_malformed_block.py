"""A block of a kind or with labels that Terraform does not know."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_LABELS = {
    "terraform": 0, "locals": 0, "moved": 0, "removed": 0, "import": 0, "variable": 1, "output": 1, "provider": 1, "module": 1, "check": 1,
    "resource": 2, "data": 2, "ephemeral": 2, "action": 2,
}  # fmt: skip


def check(context: Context) -> Iterator[Remark]:
    """Settings files (.tfvars) and those of other tools (.hcl) have rules of their own."""
    if not context.artifact.path.endswith(".tf"):
        return
    for placed in context.module.blocks:
        block = placed.block
        if placed.path != context.artifact.path:
            continue
        wanted = _LABELS.get(block.kind)
        if wanted is None:
            yield Remark(block.line, f"Terraform knows no block {block.kind[:60]} here")
        elif len(block.labels) != wanted:
            yield Remark(block.line, f"{block.kind} takes {wanted} labels, here are {len(block.labels)}")
    for path, file in context.module.files:
        if path == context.artifact.path:
            for attribute in file.body.attributes:
                yield Remark(attribute.line, f"{attribute.name[:60]} stands outside of any block")


RULE = Rule(
    id="terraform_malformed_block",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A block Terraform does not know",
    why="Terraform refuses the whole module when a top-level block is of an unknown kind or has too many or too few labels.",
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
resource "aws_sqs_queue" {
  name = "jobs"
}
""",
    check=check,
)
