"""A duration, size, number or boolean that Compose cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from artifacts.compose.values import is_boolean, is_duration, is_number, is_open, is_size
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.yamltree import Node

_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "duration": (is_duration, "a duration such as 1m30s"),
    "size": (is_size, "a size such as 512m"),
    "whole": (lambda value: is_number(value, whole=True), "a whole number"),
    "number": (lambda value: is_number(value, whole=False), "a number"),
    "boolean": (is_boolean, "true or false"),
}
_KEYS: dict[tuple[str, ...], str] = {
    ("healthcheck", "interval"): "duration",
    ("healthcheck", "timeout"): "duration",
    ("healthcheck", "start_period"): "duration",
    ("healthcheck", "start_interval"): "duration",
    ("healthcheck", "retries"): "whole",
    ("healthcheck", "disable"): "boolean",
    ("stop_grace_period",): "duration",
    ("mem_limit",): "size",
    ("mem_reservation",): "size",
    ("shm_size",): "size",
    ("cpus",): "number",
    ("pids_limit",): "whole",
    ("scale",): "whole",
    ("privileged",): "boolean",
    ("read_only",): "boolean",
    ("init",): "boolean",
    ("tty",): "boolean",
    ("stdin_open",): "boolean",
    ("deploy", "replicas"): "whole",
    ("deploy", "resources", "limits", "memory"): "size",
    ("deploy", "resources", "limits", "cpus"): "number",
    ("deploy", "resources", "reservations", "memory"): "size",
}


def check(context: Context) -> Iterator[Remark]:
    """The schema takes any text in these places, because a variable may stand there."""
    for service in context.compose.services:
        for path, form in _KEYS.items():
            node = _at(service.node, path)
            if node is None or node.value is None or node.kind != "scalar" or (isinstance(node.value, str) and is_open(node.value)):
                continue
            fits, expected = _FORMS[form]
            value = node.value
            if isinstance(value, str) and "$" in value:
                continue
            if not fits(value) and not (form == "duration" and isinstance(value, int)):
                yield Remark(node.line, f"{service.name}.{'.'.join(path)} is {str(value)[:40]!r}; {expected} is expected")


def _at(node: Node, path: tuple[str, ...]) -> Node | None:
    found: Node | None = node
    for part in path:
        found = found.get(part) if found is not None and found.kind == "map" else None
    return found


RULE = Rule(
    id="compose_invalid_value",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A value Compose cannot read",
    why="Durations need a unit, sizes a known suffix, switches a boolean. With anything else Compose refuses the whole file.",
    good='services:\n  web:\n    build: .\n    healthcheck:\n      test: ["CMD", "true"]\n      interval: 30s\n',
    bad='services:\n  web:\n    build: .\n    healthcheck:\n      test: ["CMD", "true"]\n      interval: "30 seconds"\n',
    check=check,
)
