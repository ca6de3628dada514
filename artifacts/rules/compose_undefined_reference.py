"""A service uses a network, volume, secret or config that the file does not define."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose import Service
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The network `default` is always there; an included file may define the rest."""
    compose = context.compose
    for key in ("secrets", "configs"):
        node = compose.root.get(key) if compose.root is not None and compose.root.kind == "map" else None
        for name, name_node, value in node.entries() if node is not None else ():
            plain = value.plain()
            if not (isinstance(plain, dict) and plain.keys() & {"file", "environment", "content", "external", "driver", "template_driver"}):
                yield Remark(name_node.line, f"{key}.{name} has no source; a file, an environment variable or `external` is expected")
    if compose.includes or context.is_fragment:
        return
    for service in compose.services:
        volumes = {mount.source for mount in service.mounts if mount.kind == "volume" and mount.source and "$" not in mount.source}
        missing = [
            ("network", sorted(set(service.networks) - compose.networks.keys() - {"default"}), "networks"),
            ("volume", sorted(volumes - compose.volumes.keys()), "volumes"),
            ("secret", sorted(set(service.secrets) - compose.secrets.keys()), "secrets"),
            ("config", sorted(set(service.configs) - compose.configs.keys()), "configs"),
        ]
        for kind, names, key in missing:
            for name in names:
                yield Remark(_line(service, key, name), f"{service.name} uses the {kind} {name}, which is not defined under `{kind}s:`")


def _line(service: Service, key: str, name: str) -> int:
    if key == "volumes":
        return next((mount.line for mount in service.mounts if mount.source == name), service.line)
    node = service.node.get(key)
    if node is not None and node.kind == "list":
        for item in node.items:
            source = item.get("source") if item.kind == "map" else None
            if item.value == name or (source is not None and source.value == name):
                return item.line
    return service.line_of(key)


RULE = Rule(
    id="compose_undefined_reference",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="An undefined network, volume, secret or config",
    why="Compose refuses the whole file: every named volume, network, secret and config needs its entry at the top level.",
    good='services:\n  db:\n    image: postgres:17\n    volumes: ["data:/var/lib/postgresql/data"]\nvolumes:\n  data:\n',
    bad='services:\n  db:\n    image: postgres:17\n    volumes: ["data:/var/lib/postgresql/data"]\n',
    check=check,
)
