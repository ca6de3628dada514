"""The health route a program registers, read from its source code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from architect.code import Source
from architect.profile import Basis, Evidence, Fact
from architect.reading import line_at

_HEALTH = re.compile(
    r"[\"'`](/(?:[\w-]+/){0,3}?_{0,2}(?:healthz?|health[-_]?check|healthy|livez?|liveness|readyz?|readiness|alive|heartbeat|up|ping|status)"
    r"(?:/(?:live|liveness|ready|readiness|z))?)/?[\"'`]",
    re.I,
)
_HEALTH_ORDER = "healthz health livez live liveness alive readyz ready readiness up heartbeat ping status"
_ROOT_ROUTER = re.compile(
    r"(?:\w+\.)*(?:\w*(?:[rR]outer|[mM]ux|[aA]pp|[eE]ngine|[eE]cho\w*|[sS]erver|http|[fF]iber)|r|e|s|srv|h|web|app)",
)


def health_route(code: Sequence[Source], route: str, prefix: str | None = None, block: str | None = None) -> Fact[str] | None:
    """Return a health path that some line registers as a route (`route` is a pattern such a line matches before the path).

    `prefix` is a pattern with the groups `name` and `path` that gives a router variable its prefix; `block` one with the group
    `path` for lines that open a block with a prefix. A route on a group whose prefix is not known is left out: a probe of a wrong
    path would kill a healthy container.
    """
    registers = re.compile(route)
    found: list[tuple[int, str, Evidence]] = []
    for source in code:
        hits = list(_HEALTH.finditer(source.text))
        prefixes = _prefixes(source, prefix) if hits else {}
        for hit in hits:
            start = source.text.rfind("\n", 0, hit.start()) + 1
            lead = source.text[start : hit.start()]
            made = registers.search(lead)
            if made is None or lead.lstrip().startswith(("//", "#", "*", "--")):
                continue
            receiver = made.groupdict().get("on")
            before = prefixes.get(receiver or "", "" if receiver is None or _is_root(receiver) else None)
            if before is None:
                continue
            above = _enclosing(source.text, start, re.compile(block)) if block else ""
            path = above + before.rstrip("/") + hit[1]
            if ":" in path or "{" in path:
                continue
            found.append((_rank(path), path, line_at(source.path, source.text, hit.start())))
    if not found:
        return None
    _, path, evidence = min(found, key=lambda item: (item[0], len(item[1]), item[2].path))
    return Fact(path, Basis.CODE, (evidence,))


def _enclosing(text: str, position: int, block: re.Pattern[str]) -> str:
    """Join the prefixes of the blocks around a line, told by indentation."""
    depth = len(text[position:]) - len(text[position:].lstrip(" \t"))
    above = ""
    for line in reversed(text[:position].split("\n")[-300:]):
        indent = len(line) - len(line.lstrip(" \t"))
        if line.strip() and indent < depth:
            depth = indent
            opened = block.search(line)
            if opened:
                above = "/" + opened["path"].strip("/") + above if opened["path"].strip("/") else above
    return above


def _prefixes(source: Source, pattern: str | None) -> dict[str, str]:
    if pattern is None:
        return {}
    return {hit["name"]: hit["path"] for hit in re.finditer(pattern, source.text)}


def _is_root(receiver: str) -> bool:
    return bool(_ROOT_ROUTER.fullmatch(receiver))


def _rank(path: str) -> int:
    last = path.strip("/").lstrip("_").lower().split("/")
    words = [re.sub(r"[-_]?check$", "", word.lstrip("_")) for word in last]
    order = _HEALTH_ORDER.split(" ")
    return next((place for place, name in enumerate(order) if name in words), len(order))
