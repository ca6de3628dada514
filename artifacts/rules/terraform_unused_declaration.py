"""A variable or local nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own
from artifacts.terraform.module import Module
from artifacts.terraform.walking import body_references


def check(context: Context) -> Iterator[Remark]:
    """Used means referred to from outside its own block, in any file of the folder."""
    used = _used(context.module)
    for block in own(context.module, context.artifact.path, "variable", "locals"):
        if block.kind == "variable" and block.labels and block.address not in used:
            yield Remark(block.line, f"{block.address[:80]} is not used")
        elif block.kind == "locals":
            for attribute in block.body.attributes:
                if f"local.{attribute.name}" not in used:
                    yield Remark(attribute.line, f"local.{attribute.name[:80]} is not used")


@lru_cache(maxsize=8)
def _used(module: Module) -> frozenset[str]:
    """Return what is referred to anywhere in the module."""
    used: set[str] = set()
    for placed in module.blocks:
        name = placed.block.labels[0] if placed.block.kind == "variable" and placed.block.labels else None
        used |= {".".join(reference.path[:2]) for reference in body_references(placed.block.body) if reference.path[:2] != ("var", name)}
    return frozenset(used)


RULE = Rule(
    id="terraform_unused_declaration",
    kind=Kind.TERRAFORM,
    severity=Severity.HINT,
    title="A declaration nobody uses",
    why="People fill it in and wonder why nothing changes; often it is the trace of an argument that was forgotten.",
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
variable "region" {
  description = "Region."
  type        = string
}
""",
    check=check,
)
