"""A resource, data source or module that is referred to and not declared."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import KNOWN_ROOTS, own_references


def check(context: Context) -> Iterator[Remark]:
    """Names given by loops, and roots that Terraform itself provides, do not count."""
    seen: set[str] = set()
    for reference in own_references(context.module, context.artifact.path):
        address = _address(reference.path)
        if address is not None and address not in context.module.addresses and address not in seen:
            seen.add(address)
            yield Remark(reference.line, f"{address[:120]} is used, but nothing of that name is declared")


def _address(path: tuple[str, ...]) -> str | None:
    if path[0] in ("data", "ephemeral"):
        return ".".join(path[:3]) if len(path) > 2 and "*" not in path[:3] else None
    if path[0] == "module":
        return ".".join(path[:2]) if len(path) > 1 and path[1] != "*" else None
    if path[0] == "resource":
        path = path[1:]
    if len(path) < 2 or path[0] in KNOWN_ROOTS or "*" in path[:2] or "_" not in path[0]:
        return None
    return ".".join(path[:2])


RULE = Rule(
    id="terraform_undeclared_reference",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A reference to something that is not declared",
    why="Terraform refuses to plan a module that refers to a resource, data source or module which the folder does not declare.",
    good="""\
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}
""",
    bad="""\
resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}
""",
    check=check,
)
