"""A service depends on, links to or shares something with a service that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose import Service
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Included files may define further services."""
    compose = context.compose
    if compose.includes or context.is_fragment:
        return
    names = {service.name for service in compose.services}
    for service in compose.services:
        for name, line, key in _references(service):
            if name not in names and "$" not in name:
                yield Remark(line, f"{service.name} names the service {name} in {key}, which the file does not have")


def _references(service: Service) -> Iterator[tuple[str, int, str]]:
    for dependency in service.depends_on:
        yield dependency.service, dependency.line, "depends_on"
    for key in ("links", "volumes_from"):
        for item in service.texts(key):
            if not item.startswith("container:"):
                yield item.split(":")[0], service.line_of(key), key
    extends = service.value("extends")
    if isinstance(extends, str) or (isinstance(extends, dict) and not extends.get("file")):
        name = extends if isinstance(extends, str) else str(extends.get("service") or "")
        yield name, service.line_of("extends"), "extends"
    for key in ("network_mode", "pid", "ipc"):
        value = service.value(key)
        if isinstance(value, str) and value.startswith("service:"):
            yield value.removeprefix("service:"), service.line_of(key), key


RULE = Rule(
    id="compose_unknown_dependency",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="A dependency on a service that does not exist",
    why="Compose refuses the whole file when a service it must start first is not defined.",
    good="services:\n  web:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:17\n",
    bad="services:\n  web:\n    build: .\n    depends_on: [database]\n  db:\n    image: postgres:17\n",
    check=check,
)
