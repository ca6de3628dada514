"""A module that does not say which Terraform it needs."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Said once for the module, in the file with its settings."""
    module = context.module
    if context.artifact.path != module.home or not any(True for _ in module.of("resource", "module")):
        return
    blocks = [placed.block for placed in module.of("terraform")]
    if not any(block.body.get("required_version") is not None for block in blocks):
        here = [placed.block.line for placed in module.of("terraform") if placed.path == context.artifact.path]
        yield Remark(here[0] if here else 1, "nothing says which versions of Terraform this was written for")


RULE = Rule(
    id="terraform_no_required_version",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="No required_version",
    why="An older Terraform reads newer syntax as an error somewhere deep in the files; `required_version` says at once what is missing.",
    good="""\
terraform {
  required_version = ">= 1.11, < 2.0"
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
""",
    bad="""\
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
""",
    check=check,
)
