"""Logs that are kept for ever."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_resources, plain


def check(context: Context) -> Iterator[Remark]:
    """Elsewhere the provider's default is an end."""
    for kind, block in own_resources(context.module, context.artifact.path):
        if kind == "aws_cloudwatch_log_group":
            attribute = block.body.attribute("retention_in_days")
            if attribute is None or plain(context.module, attribute.value) == 0:
                yield Remark(attribute.line if attribute else block.line, f"{block.address[:100]} keeps its logs for ever")


RULE = Rule(
    id="terraform_no_log_retention",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="Logs kept for ever",
    why="A log group without a retention grows and is paid for until somebody notices, and keeps personal data longer than it may.",
    good="""\
resource "aws_cloudwatch_log_group" "web" {
  name              = "/shop/web"
  retention_in_days = 30
}
""",
    bad="""\
resource "aws_cloudwatch_log_group" "web" {
  name = "/shop/web"
}
""",
    check=check,
)
