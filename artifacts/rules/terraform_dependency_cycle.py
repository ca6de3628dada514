"""Resources or locals that depend on each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import KNOWN_ROOTS
from artifacts.terraform.model import Body
from artifacts.terraform.module import Module
from artifacts.terraform.walking import Reference, body_references, references


def check(context: Context) -> Iterator[Remark]:
    """Reported once, in the file of the first member by name. Modules are left out: inputs and outputs of one may not meet."""
    for path, line, circle in _found(context.module):
        if path == context.artifact.path:
            shown = " -> ".join((*circle, circle[0])) if len(circle) < 6 else f"{' -> '.join(circle[:5])} -> ..."
            yield Remark(line, f"these depend on each other: {shown[:300]}")


@lru_cache(maxsize=8)
def _found(module: Module) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    """Return the circles of a module, once for all its files."""
    nodes = _nodes(module)
    circles = _circles({name: node[2] & nodes.keys() for name, node in nodes.items()})
    return tuple((*nodes[circle[0]][:2], circle) for circle in circles)


def _nodes(module: Module) -> dict[str, tuple[str, int, set[str]]]:
    nodes: dict[str, tuple[str, int, set[str]]] = {}
    for placed in module.of("resource", "data", "ephemeral"):
        block = placed.block
        needs = {name for reference in body_references(_settled(block.body)) if (name := _name(reference))}
        nodes[block.address] = (placed.path, block.line, needs)
    for placed in module.of("locals"):
        for attribute in placed.block.body.attributes:
            needs = {name for reference in references(attribute.value) if (name := _name(reference))}
            nodes[f"local.{attribute.name}"] = (placed.path, attribute.line, needs)
    return nodes


def _settled(body: Body) -> Body:
    """Return a body without what runs after the resource is there and may therefore refer to it."""
    return replace(body, blocks=tuple(block for block in body.blocks if block.kind not in ("provisioner", "connection")))


def _name(reference: Reference) -> str | None:
    path = reference.path
    if path[0] in ("data", "ephemeral"):
        return ".".join(path[:3])
    if path[0] == "local":
        return ".".join(path[:2])
    return ".".join(path[:2]) if path[0] not in KNOWN_ROOTS and len(path) > 1 else None


def _circles(needs: dict[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """Yield one circle of every knot: what can be taken away in order is no part of one."""
    left = {name: set(wanted) for name, wanted in needs.items()}
    while True:
        free = [name for name, wanted in left.items() if not wanted & left.keys()]
        if not free:
            break
        for name in free:
            del left[name]
    seen: set[str] = set()
    for start in sorted(left):
        path: list[str] = []
        place = start
        while place not in path and place not in seen:
            path.append(place)
            place = min(left[place] & left.keys())
        if place in path:
            circle = path[path.index(place) :]
            first = circle.index(min(circle))
            yield tuple(circle[first:] + circle[:first])
        seen.update(path)


RULE = Rule(
    id="terraform_dependency_cycle",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A circle of dependencies",
    why="Terraform makes things in the order of their references and refuses a module in which that order has no beginning.",
    good="""\
resource "aws_security_group" "a" {
  name = "a"
}

resource "aws_security_group" "b" {
  name        = "b"
  description = aws_security_group.a.id
}
""",
    bad="""\
resource "aws_security_group" "a" {
  name        = "a"
  description = aws_security_group.b.id
}

resource "aws_security_group" "b" {
  name        = "b"
  description = aws_security_group.a.id
}
""",
    check=check,
)
