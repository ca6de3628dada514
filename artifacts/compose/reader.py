"""Compose text to structure; what is not of the expected shape is left to the schema, only unreadable text is a fault here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from types import MappingProxyType

from artifacts.compose.model import Build, ComposeFile, Dependency, Mount, PortMapping, Service, Variable
from artifacts.dockerfile.model import Fault
from artifacts.dockerfile.words import substitute
from artifacts.errors import UnreadableArtifact
from artifacts.keeping import keep, text_length
from artifacts.yamltree import Node, read_yaml

_PORT = re.compile(
    r"^(?:(?P<ip>\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*?):)?(?:(?P<host>[^:\[\]]*?):)?(?P<target>[^:/\[\]]+)(?:/(?P<protocol>\w+))?$",
)


@keep(text_length)
def read_compose(text: str) -> ComposeFile:
    """Read a Compose file; never raises, an unreadable text gives a fault."""
    try:
        root = read_yaml(text)
    except UnreadableArtifact as error:
        return ComposeFile(faults=(Fault(error.line or 1, error.message),))
    if root.kind != "map":
        return ComposeFile(root=root, faults=(Fault(root.line, "a Compose file is a map with a key `services`"),))
    services = root.get("services")
    found = tuple(_service(name, key, node) for name, key, node in services.entries() if node.kind == "map") if services else ()
    return ComposeFile(
        root=root,
        services=found,
        volumes=_names(root, "volumes"),
        networks=_names(root, "networks"),
        secrets=_names(root, "secrets"),
        configs=_names(root, "configs"),
        includes=root.get("include") is not None,
    )


def interpolated(text: str) -> str:
    """Fill in `${NAME:-default}` with its default; a name without one stays as written. `$$` is a dollar sign."""
    if "$" not in text:
        return text
    parts = (substitute(part, {}, keep_unset=True, escape="\0", quotes=False) for part in text.split("$$"))
    return "$".join(parts)


def _names(root: Node, key: str) -> MappingProxyType[str, int]:
    node = root.get(key)
    return MappingProxyType({name: name_node.line for name, name_node, _ in node.entries()} if node is not None else {})


def _text(node: Node | None) -> str:
    """Return a scalar as text, "" for anything else."""
    if node is None or node.kind != "scalar" or node.value is None:
        return ""
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return str(node.value)


def _items(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    if node.kind == "list":
        yield from node.items
    elif node.kind == "scalar" and node.value is not None:
        yield node


def _service(name: str, key: Node, node: Node) -> Service:
    health = node.get("healthcheck")
    test = health.get("test") if health is not None else None
    return Service(
        name=name,
        line=key.line,
        node=node,
        image=_text(node.get("image")),
        build=_build(node.get("build")),
        ports=tuple(_ports(node.get("ports"))),
        expose=tuple(_text(item) for item in _items(node.get("expose"))),
        depends_on=tuple(_depends_on(node.get("depends_on"))),
        environment=tuple(_environment(node.get("environment"))),
        env_files=tuple(_env_files(node.get("env_file"))),
        mounts=tuple(_mounts(node.get("volumes"))) + tuple(_tmpfs(node.get("tmpfs"))),
        networks=tuple(_references(node.get("networks"), "")),
        secrets=tuple(_references(node.get("secrets"), "source")),
        configs=tuple(_references(node.get("configs"), "source")),
        command=_command(node.get("command")),
        entrypoint=_command(node.get("entrypoint")),
        health_test=_command(test),
        health_disabled=_health_disabled(health, test),
    )


def _health_disabled(health: Node | None, test: Node | None) -> bool:
    if health is not None and _text(health.get("disable")) == "true":
        return True
    return test is not None and test.kind == "list" and bool(test.items) and _text(test.items[0]) == "NONE"


def _build(node: Node | None) -> Build | None:
    if node is None:
        return None
    if node.kind == "scalar":
        return Build(context=_text(node) or ".", line=node.line)
    if node.kind != "map":
        return None
    args = {variable.name: variable.value or "" for variable in _environment(node.get("args"))}
    return Build(
        context=_text(node.get("context")) or ".",
        dockerfile=_text(node.get("dockerfile")),
        target=_text(node.get("target")),
        args=MappingProxyType(args),
        inline=node.get("dockerfile_inline") is not None,
        line=node.line,
    )


def _ports(node: Node | None) -> Iterator[PortMapping]:
    for item in _items(node):
        if item.kind == "map":
            yield PortMapping(
                target=interpolated(_text(item.get("target"))),
                published=interpolated(_text(item.get("published"))),
                host_ip=interpolated(_text(item.get("host_ip"))),
                protocol=_text(item.get("protocol")) or "tcp",
                line=item.line,
            )
            continue
        mapping = port_mapping(_text(item), item.line)
        if mapping is not None:
            yield mapping


def port_mapping(text: str, line: int = 0) -> PortMapping | None:
    """Read the short syntax `[[ip:]published:]target[/protocol]`; None when it has another form."""
    text = interpolated(text)
    if len(text) > 300 or "$" in text:
        return None
    match = _PORT.match(text)
    if match is None:
        return None
    address, host = match["ip"], match["host"]
    if host is None:
        address, host = (address, "") if address and (address.startswith("[") or "." in address) else ("", address or "")
    return PortMapping(match["target"], host, (address or "").strip("[]"), (match["protocol"] or "tcp").lower(), line)


def _depends_on(node: Node | None) -> Iterator[Dependency]:
    if node is not None and node.kind == "map":
        for name, key, value in node.entries():
            yield Dependency(name, _text(value.get("condition")) or "service_started", key.line)
        return
    for item in _items(node):
        if _text(item):
            yield Dependency(_text(item), "service_started", item.line)


def _environment(node: Node | None) -> Iterator[Variable]:
    if node is not None and node.kind == "map":
        for key, key_node, value in node.entries():
            yield Variable(key, None if value.kind != "scalar" or value.value is None else _text(value), key_node.line)
        return
    for item in _items(node):
        name, sign, text = _text(item).partition("=")
        if name:
            yield Variable(name.strip(), text if sign else None, item.line)


def _env_files(node: Node | None) -> Iterator[str]:
    for item in _items(node):
        text = _text(item.get("path")) if item.kind == "map" else _text(item)
        if text:
            yield text


def _mounts(node: Node | None) -> Iterator[Mount]:
    for item in _items(node):
        if item.kind == "map":
            yield Mount(
                kind=_text(item.get("type")) or "volume",
                source=interpolated(_text(item.get("source"))),
                target=interpolated(_text(item.get("target"))),
                read_only=_text(item.get("read_only")) == "true",
                line=item.line,
            )
        elif _text(item):
            yield _short_mount(interpolated(_text(item)), item.line)


def _short_mount(text: str, line: int) -> Mount:
    """Read `[source:]target[:mode]`; a drive letter belongs to its path."""
    parts = text.split(":")
    if len(parts) > 1 and len(parts[0]) == 1 and parts[0].isalpha() and parts[1].startswith(("\\", "/")):
        parts = [f"{parts[0]}:{parts[1]}", *parts[2:]]
    if len(parts) == 1:
        return Mount("volume", "", parts[0], False, line)
    modes = parts[2].split(",") if len(parts) > 2 else []
    bind = parts[0].startswith((".", "/", "~", "$")) or ":" in parts[0]
    return Mount("bind" if bind else "volume", parts[0], parts[1], "ro" in modes, line)


def _tmpfs(node: Node | None) -> Iterator[Mount]:
    for item in _items(node):
        if _text(item):
            yield Mount("tmpfs", "", _text(item).split(":")[0], False, item.line)


def _references(node: Node | None, key: str) -> Iterator[str]:
    if node is not None and node.kind == "map":
        yield from (name for name, _, _ in node.entries())
        return
    for item in _items(node):
        name = _text(item.get(key)) if item.kind == "map" else _text(item)
        if name:
            yield name


def _command(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if node.kind == "list":
        return tuple(_text(item) for item in node.items)
    text = _text(node)
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())
