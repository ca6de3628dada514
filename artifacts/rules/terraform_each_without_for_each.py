"""each or count used where nothing is repeated."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own
from artifacts.terraform.walking import body_references

_NEEDS = {"each": "for_each", "count": "count"}


def check(context: Context) -> Iterator[Remark]:
    """A dynamic block has an iterator of its own name, so `each` inside it means the resource's."""
    for block in own(context.module, context.artifact.path, "resource", "data", "module", "ephemeral"):
        seen: set[str] = set()
        for reference in body_references(block.body):
            wanted = _NEEDS.get(reference.root)
            if wanted is not None and len(reference.path) > 1 and block.body.get(wanted) is None and reference.root not in seen:
                seen.add(reference.root)
                yield Remark(reference.line, f"{block.address[:100]} uses {'.'.join(reference.path[:2])} without {wanted}")


RULE = Rule(
    id="terraform_each_without_for_each",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="each or count where nothing is repeated",
    why="`each` exists only in a block with `for_each`, `count` only in one with `count`; elsewhere Terraform refuses them.",
    good="""\
resource "aws_sqs_queue" "jobs" {
  for_each = toset(["mail", "images"])

  name = each.key
}
""",
    bad="""\
resource "aws_sqs_queue" "jobs" {
  name = each.key
}
""",
    check=check,
)
