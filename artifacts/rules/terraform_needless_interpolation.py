"""A reference in quotes and braces that stands alone."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.model import Directive, Expression, Template
from artifacts.terraform.walking import every


def check(context: Context) -> Iterator[Remark]:
    """Keys of objects must be written that way and do not count."""
    for placed in context.module.blocks:
        if placed.path != context.artifact.path:
            continue
        for body in (placed.block.body, *(block.body for block in placed.block.body.walk())):
            for attribute in body.attributes:
                found = next((part for part in every(attribute.value) if _is_needless(part)), None)
                if found is not None:
                    yield Remark(found.line, f"{attribute.name[:60]} holds a reference in quotes; it can stand by itself")


def _is_needless(expression: Expression) -> bool:
    return (
        isinstance(expression, Template)
        and not expression.heredoc
        and len(expression.pieces) == 1
        and isinstance(expression.pieces[0], Expression)
        and not isinstance(expression.pieces[0], Directive)
    )


RULE = Rule(
    id="terraform_needless_interpolation",
    kind=Kind.TERRAFORM,
    severity=Severity.HINT,
    title="A needless interpolation",
    why='`"${var.x}"` turns every value into a text and is refused where a list is meant; `var.x` is the same and keeps its type.',
    good="""\
variable "name" {
  description = "Name."
  type        = string
}

resource "aws_sqs_queue" "jobs" {
  name = var.name
}
""",
    bad="""\
variable "name" {
  description = "Name."
  type        = string
}

resource "aws_sqs_queue" "jobs" {
  name = "${var.name}"
}
""",
    check=check,
)
