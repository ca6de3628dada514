"""Dashboard text to the typed structure: JSON within limits of size and depth, repeated keys refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from artifacts.dockerfile.model import Fault
from artifacts.grafana.model import Dashboard, Panel, Query
from artifacts.keeping import keep, text_length

MAX_INPUT = 262_144
MAX_DEPTH = 100
MAX_PANELS = 1000
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{}\]]')
_OPTIONS = {"default": {}, "parse_constant": str}


class _Repeated(ValueError):
    """A key is given twice in one object."""


@keep(text_length)
def read_dashboard(text: str) -> Dashboard:
    """Read a dashboard; never raises, an unreadable text gives a fault. A model wrapped as the API returns it is unwrapped."""
    if len(text) > MAX_INPUT:
        return Dashboard(faults=(Fault(1, f"the file has {len(text)} characters, more than the {MAX_INPUT} that are read"),))
    if _depth(text) > MAX_DEPTH:
        return Dashboard(faults=(Fault(1, f"the file nests deeper than {MAX_DEPTH} levels"),))
    try:
        root = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        return Dashboard(faults=(Fault(error.lineno, f"this is not valid JSON: {error.msg[:120]}"),))
    except (_Repeated, ValueError, RecursionError) as error:
        return Dashboard(faults=(Fault(_line(text, str(error)), f"the key {str(error)[:60]!r} is given twice in one object"),))
    prefix: tuple[str | int, ...] = ()
    if isinstance(root, dict) and isinstance(root.get("dashboard"), dict) and "panels" not in root:
        root, prefix = root["dashboard"], ("dashboard",)
    if not isinstance(root, dict):
        return Dashboard(faults=(Fault(1, "a dashboard is an object"),))
    listed = root.get("templating")
    names = listed.get("list") if isinstance(listed, dict) else None
    variables = tuple(str(item.get("name")) for item in names if isinstance(item, dict)) if isinstance(names, list) else ()
    inputs = (
        tuple(str(item.get("name")) for item in root.get("__inputs") or () if isinstance(item, dict))
        if isinstance(root.get("__inputs"), list)
        else ()
    )
    cursor = _Cursor(text)
    panels = tuple(_panels(root, prefix, cursor))[:MAX_PANELS]
    return Dashboard(root, panels, variables, inputs, text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Repeated(key)
        found[key] = value
    return found


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        if match[0][0] == '"':
            continue
        depth += 1 if match[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _line(text: str, key: str) -> int:
    position = text.rfind(f'"{key}"')
    return text.count("\n", 0, max(position, 0)) + 1


class _Cursor:
    """Finds the lines of values in the order in which they stand, so that equal texts keep their own lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def line(self, value: str) -> int:
        """Return the line of the next place that holds this text as a JSON value."""
        written = json.dumps(value, ensure_ascii=False)
        found = self.text.find(written, self.position)
        if found < 0:
            found = self.text.find(json.dumps(value), self.position)
        if found < 0:
            return self.text.count("\n", 0, self.position) + 1
        self.position = found
        return self.text.count("\n", 0, found) + 1


def _panels(root: Mapping[str, Any], prefix: tuple[str | int, ...], cursor: _Cursor) -> Iterator[Panel]:
    older = root.get("rows")
    if isinstance(older, list):
        for number, row in enumerate(older):
            if isinstance(row, dict):
                yield from _listed(row.get("panels"), (*prefix, "rows", number, "panels"), cursor, inside=True)
    yield from _listed(root.get("panels"), (*prefix, "panels"), cursor)


def _listed(items: Any, path: tuple[str | int, ...], cursor: _Cursor, *, inside: bool = False) -> Iterator[Panel]:
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, dict):
            continue
        where = (*path, number)
        yield _panel(item, where, cursor, inside)
        if item.get("type") == "row":
            yield from _listed(item.get("panels"), (*where, "panels"), cursor, inside=True)


def _panel(item: Mapping[str, Any], path: tuple[str | int, ...], cursor: _Cursor, inside: bool) -> Panel:
    start = cursor.position
    title = item.get("title")
    line = cursor.line(title) if isinstance(title, str) and title else cursor.text.count("\n", 0, start) + 1
    cursor.position = start
    queries = []
    targets = item.get("targets")
    for number, target in enumerate(targets if isinstance(targets, list) else ()):
        expr = target.get("expr") if isinstance(target, dict) else None
        if isinstance(expr, str) and expr:
            queries.append(Query(expr, cursor.line(expr), (*path, "targets", number)))
    config = item.get("fieldConfig")
    defaults = config.get("defaults") if isinstance(config, dict) else None
    unit = defaults.get("unit") if isinstance(defaults, dict) else None
    number_ = item.get("id")
    return Panel(
        node=item,
        path=path,
        line=line,
        id=number_ if isinstance(number_, int) else None,
        kind=str(item.get("type") or ""),
        title=title if isinstance(title, str) else "",
        unit=unit if isinstance(unit, str) else "",
        source=_source(item),
        place=_place(item.get("gridPos")),
        queries=tuple(queries),
        inside=inside,
    )


def _source(item: Mapping[str, Any]) -> str:
    source = item.get("datasource")
    return str(source.get("uid") or "") if isinstance(source, dict) else source if isinstance(source, str) else ""


def _place(value: Any) -> tuple[int, int, int, int] | None:
    if not isinstance(value, dict):
        return None
    numbers = [value.get(key) for key in ("x", "y", "w", "h")]
    if not all(isinstance(number, int) for number in numbers):
        return None
    x, y, w, h = numbers
    return x, y, w, h  # type: ignore[return-value]
