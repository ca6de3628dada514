"""The queries of a dashboard: its variables, and expressions with values in their places."""

from __future__ import annotations

import re

from artifacts.grafana.model import Dashboard
from artifacts.promql import Expression

_VARIABLE = re.compile(r"\$\{(\w+)(?:[.:][^{}]*)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]")
_DURATIONS = frozenset(
    {
        "__interval",
        "__rate_interval",
        "__range",
        "interval",
        "rate_interval",
        "resolution",
        "window",
        "__range_s",
        "__interval_ms",
        "__range_ms",
    }
)
_NUMBERS = frozenset({"__range_s", "__interval_ms", "__range_ms", "__from", "__to"})
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')


def variables_in(text: str) -> tuple[str, ...]:
    """Return the names of the variables a text uses."""
    names = (next(group for group in match.groups() if group) for match in _VARIABLE.finditer(text[:20_000]))
    return tuple(dict.fromkeys(names))


def filled(text: str) -> str:
    """Return an expression with a plausible value in place of each variable."""
    spans = [(match.start(), match.end()) for match in _STRING.finditer(text)]

    def value(match: re.Match[str]) -> str:
        name = next(group for group in match.groups() if group)
        position = match.start()
        if any(start < position < end for start, end in spans):
            return "x"
        before = text[:position].rstrip()
        if name in _NUMBERS and not before.endswith(("[", ":")):
            return "300"
        if name in _DURATIONS or before.endswith(("[", ":", "offset")) or before.endswith("["):
            return "5m"
        return _by_place(text, match)

    return _VARIABLE.sub(value, text)


def _by_place(text: str, match: re.Match[str]) -> str:
    """Return a value for a variable outside quotes: a duration in a range, a name where one is glued to letters, else a number."""
    opened = text.rfind("[", 0, match.start())
    if opened > text.rfind("]", 0, match.start()) and text.find("]", match.end()) >= 0:
        return "5m"
    glued = text[match.end() : match.end() + 1]
    before = text[match.start() - 1 : match.start()] if match.start() else ""
    if (
        glued.isalnum()
        or glued in ("_", "{", "[")
        or before.isalnum()
        or before == "_"
        or re.search(r"(?:by|without|on|ignoring|,)\s*\(?\s*$", text[: match.start()])
    ):
        return "x"
    return "5"


def expressions_in(dashboard: Dashboard) -> tuple[Expression, ...]:
    """Return the expressions of all panels that ask a source of Prometheus, ready for a parser."""
    found = []
    for panel in dashboard.panels:
        for query in panel.queries:
            if not _is_other(panel.node, query.path[-1]):
                found.append(Expression(filled(query.expr), query.line, panel.title or f"panel {panel.id}"))
    return tuple(found)


def _is_other(node: object, number: str | int) -> bool:
    """Tell whether a query is for a source that is not Prometheus (Loki, Tempo, SQL), which has a language of its own."""
    targets = node.get("targets") if isinstance(node, dict) else None
    target = targets[number] if isinstance(targets, list) and isinstance(number, int) else None
    for holder in (target, node):
        source = holder.get("datasource") if isinstance(holder, dict) else None
        kind = source.get("type") if isinstance(source, dict) else source if isinstance(source, str) else None
        if isinstance(kind, str) and re.search(
            r"loki|tempo|jaeger|elastic|influx|sql|cloudwatch|graphite|zipkin|pyroscope|opensearch|mixed", kind, re.I
        ):
            return True
    return False
