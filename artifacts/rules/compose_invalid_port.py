"""A port has a form or a value that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose.values import is_open, is_port_number, port_problem
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.yamltree import Node


def check(context: Context) -> Iterator[Remark]:
    """Look at both syntaxes of `ports`; the schema takes any text."""
    for service in context.compose.services:
        ports = service.node.get("ports")
        for item in ports.items if ports is not None and ports.kind == "list" else ():
            problem = _long(item) if item.kind == "map" else _short(item)
            if problem is not None:
                yield Remark(item.line, f"{service.name}: {problem}")


def _short(item: Node) -> str | None:
    if isinstance(item.value, float):
        return f"{item.value} is not a port"
    return port_problem(str(item.value)) if item.value is not None else None


def _long(item: Node) -> str | None:
    target, published = item.get("target"), item.get("published")
    if target is None:
        return "a port in long syntax has no target"
    if isinstance(target.value, str) and is_open(target.value):
        return None
    if not is_port_number(target.value):
        return f"target {str(target.value)[:40]!r} is not a port; 1 to 65535 is expected"
    if published is None or published.value in (None, "") or (isinstance(published.value, str) and "$" in published.value):
        return None
    return None if is_port_number(published.value, lowest=0) else f"published {str(published.value)[:40]!r} is not a port"


RULE = Rule(
    id="compose_invalid_port",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A port that is none",
    why="Compose refuses the whole file when a port is no number from 1 to 65535, a range does not fit its "
    "counterpart, or the address is none.",
    good='services:\n  web:\n    build: .\n    ports: ["127.0.0.1:8000:8000", "9000-9001:9000-9001/udp"]\n',
    bad='services:\n  web:\n    build: .\n    ports: ["80000:8000"]\n',
    check=check,
)
