"""Two declarations of the same name."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.model import Block

_NAMED = ("resource", "data", "ephemeral", "module", "variable", "output")


def check(context: Context) -> Iterator[Remark]:
    """Override files are meant to repeat names. The second declaration is the one to remove."""
    seen: dict[str, tuple[str, int]] = {}
    for placed in context.module.blocks:
        if placed.path.endswith(("override.tf",)):
            continue
        for address, line in _addresses(placed.block):
            first = seen.setdefault(address, (placed.path, line))
            if first != (placed.path, line) and placed.path == context.artifact.path:
                yield Remark(line, f"{address[:120]} is declared a second time, first in {first[0]}, line {first[1]}")


def _addresses(block: Block) -> Iterator[tuple[str, int]]:
    if block.kind in _NAMED:
        yield f"{block.kind} {'.'.join(block.labels)}", block.line
    elif block.kind == "locals":
        for attribute in block.body.attributes:
            yield f"local {attribute.name}", attribute.line
    elif block.kind == "provider" and block.body.get("alias") is None:
        yield f"provider {'.'.join(block.labels)}", block.line


RULE = Rule(
    id="terraform_duplicate_name",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A name declared twice",
    why="Terraform refuses a module in which a resource, variable, output, local or provider is declared twice, also in two files.",
    good="""\
variable "region" {
  description = "Region."
  type        = string
}
""",
    bad="""\
variable "region" {
  type = string
}

variable "region" {
  type = string
}
""",
    check=check,
)
