"""One decision carried from one Compose file to another, the rest of the text left as it was."""

from __future__ import annotations

import json
import re

from artifacts.compose.model import ComposeFile, Service
from artifacts.compose.reader import read_compose
from artifacts.errors import DecisionNotTakeable
from artifacts.records import Artifact, Decision
from artifacts.yamltree import Node, read_yaml

_KEYS = {"health_check": ("healthcheck",), "container_port": ("ports", "expose"), "volumes": ("volumes", "tmpfs")}
_TOP = {"volumes": "volumes", "networks": "networks"}
_ALIAS = re.compile(r"(?:^|[\s\[,{:-])[&*][A-Za-z0-9_]")


def take_from_compose(artifact: Artifact, decision: Decision, donor: Artifact) -> str:
    """Return the artifact's text with the donor's value of this decision. Raises DecisionNotTakeable."""
    theirs = read_compose(donor.content)
    text = artifact.content.replace("\r\n", "\n")
    if decision.name in ("services", "backing_services"):
        return _take_services(text, artifact.path, theirs, donor)
    if decision.name in _TOP:
        return _take_names(text, _TOP[decision.name], theirs, donor)
    name, _, question = decision.name.rpartition(".")
    ours = read_compose(text).service(name)
    source = theirs.service(name)
    if ours is None or source is None:
        missing = artifact.path if ours is None else donor.path
        raise DecisionNotTakeable(f"{missing} has no service {name}; take the decision `services` first.")
    _check_dependencies(question, source, read_compose(text), artifact.path)
    for key in _KEYS.get(question, (question,)):
        text = _set(text, ("services", name, key), donor.content)
    return _with_definitions(text, source, theirs, donor, question)


def _check_dependencies(question: str, source: Service, ours: ComposeFile, path: str) -> None:
    if question != "depends_on":
        return
    for dependency in source.depends_on:
        if ours.service(dependency.service) is None:
            raise DecisionNotTakeable(
                f"{source.name} would depend on {dependency.service}, which {path} does not have; take `services` first."
            )


def _take_services(text: str, path: str, theirs: ComposeFile, donor: Artifact) -> str:
    """Add the donor's further services and remove those it does not have, unless something still needs them."""
    ours = read_compose(text)
    for service in ours.services:
        if theirs.service(service.name) is None:
            text = _set(text, ("services", service.name), donor.content)
    for service in theirs.services:
        if ours.service(service.name) is None:
            text = _set(text, ("services", service.name), donor.content)
            text = _with_definitions(text, service, theirs, donor, "")
    result = read_compose(text)
    for service in result.services:
        for dependency in service.depends_on:
            if result.service(dependency.service) is None:
                message = f"{service.name} depends on {dependency.service}, which {donor.path} does not have"
                raise DecisionNotTakeable(f"{path}: {message}; take {service.name}.depends_on first.")
    return text


def _take_names(text: str, key: str, theirs: ComposeFile, donor: Artifact) -> str:
    ours = read_compose(text)
    mine = getattr(ours, key)
    wanted = getattr(theirs, key)
    for name in sorted(mine.keys() - wanted.keys()):
        used = [service.name for service in ours.services if name in _used(service, key)]
        if used:
            raise DecisionNotTakeable(f"The service {used[0]} still uses {name}; take {used[0]}.{key} first.")
        text = _set(text, (key, name), donor.content)
    for name in sorted(wanted.keys() - mine.keys()):
        text = _set(text, (key, name), donor.content)
    return text


def _used(service: Service, key: str) -> set[str]:
    if key == "volumes":
        return {mount.source for mount in service.mounts if mount.kind == "volume" and mount.source}
    return set(getattr(service, key))


def _with_definitions(text: str, service: Service, theirs: ComposeFile, donor: Artifact, question: str) -> str:
    """Add the top-level volumes, networks, secrets and configs that what was taken needs."""
    for key in ("volumes", "networks", "secrets", "configs"):
        if question not in ("", key):
            continue
        for name in sorted(_used(service, key)):
            if name in getattr(theirs, key) and name not in getattr(read_compose(text), key):
                text = _set(text, (key, name), donor.content)
    return text


def _set(text: str, path: tuple[str, ...], donor_text: str) -> str:
    """Return the text with the entry at this path as the donor has it: replaced, added, or removed where it has none."""
    root, source = read_yaml(text), read_yaml(donor_text)
    entry = _entry(source, path)
    parent = _map_at(root, path[:-1])
    lines = text.rstrip("\n").split("\n")
    if parent is None:
        if entry is None:
            return text
        if len(path) > 2:
            raise DecisionNotTakeable(f"There is no {'.'.join(path[:-1])} to put {path[-1]} into.")
        return "\n".join([*lines, "", f"{path[0]}:", *_lines(entry, donor_text, 2)]) + "\n"
    if parent.flow or not parent.pairs:
        raise DecisionNotTakeable(f"{'.'.join(path[:-1])} is written on one line; take the whole file instead.")
    key = parent.key(path[-1])
    column = parent.pairs[0][0].column
    if key is None:
        if entry is not None:
            lines[parent.end_line : parent.end_line] = _lines(entry, donor_text, column)
        return "\n".join(lines) + "\n"
    value = parent.get(path[-1])
    if value is None or key.column != column or not parent.line <= key.line <= parent.end_line or value.anchored or value.line < key.line:
        raise DecisionNotTakeable(f"{'.'.join(path)} comes from an anchor shared with other parts; take the whole file instead.")
    if entry is None and len(parent.pairs) == 1:
        raise DecisionNotTakeable(f"{'.'.join(path)} is the only thing in its place; take the whole file instead.")
    lines[key.line - 1 : max(key.line, value.end_line)] = _lines(entry, donor_text, column) if entry is not None else []
    return "\n".join(lines) + "\n"


def _map_at(root: Node, path: tuple[str, ...]) -> Node | None:
    node: Node | None = root
    for part in path:
        node = node.get(part) if node is not None and node.kind == "map" else None
    return node if node is not None and node.kind == "map" else None


def _entry(root: Node, path: tuple[str, ...]) -> tuple[Node, Node] | None:
    parent = _map_at(root, path[:-1])
    if parent is None:
        return None
    key, value = parent.key(path[-1]), parent.get(path[-1])
    return (key, value) if key is not None and value is not None else None


def _lines(entry: tuple[Node, Node], text: str, column: int) -> list[str]:
    """Return the entry's lines moved to this column; one with aliases or inside a flow map is written out as JSON, which is YAML."""
    key, value = entry
    written = text.replace("\r\n", "\n").split("\n")[key.line - 1 : max(key.line, value.end_line)]
    alone = written and written[0][: key.column].strip() == ""
    if not alone or value.line < key.line or any(_ALIAS.search(line) for line in written):
        return [" " * column + f"{json.dumps(str(key.value))}: {json.dumps(value.plain(), ensure_ascii=False)}"]
    moved = []
    for line in written:
        indent = len(line) - len(line.lstrip(" "))
        moved.append(" " * max(0, indent - key.column + column) + line.lstrip(" ") if line.strip() else "")
    return moved
