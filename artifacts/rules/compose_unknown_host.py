"""An address names a host that is no service of the file."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.compose import ComposeFile, Service
from artifacts.compose.addresses import BACKING_SCHEMES, LOOPBACK, addresses, is_plain_name
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Count only addresses of backing services with a bare name; external networks and links may bring further names."""
    compose = context.compose
    if compose.includes or context.is_fragment or _has_external_network(compose):
        return
    known = _names(compose)
    for service in compose.services:
        names = known | _extra(service)
        if service.value("network_mode") or service.value("external_links") or service.inherits:
            continue
        for address in addresses(service):
            if address.scheme in BACKING_SCHEMES and is_plain_name(address.host) and address.host not in names | LOOPBACK:
                yield Remark(address.line, f"{address.variable} names the host {address.host}, which is no service of this file")


def _names(compose: ComposeFile) -> set[str]:
    found: set[str] = {"host"}
    for service in compose.services:
        found.add(service.name.lower())
        for key in ("container_name", "hostname"):
            found.add(str(service.value(key) or "").lower())
        for settings in service.table("networks").values():
            aliases = settings.get("aliases") if isinstance(settings, dict) else None
            found.update(str(alias).lower() for alias in aliases or () if isinstance(aliases, list))
    return found


def _extra(service: Service) -> set[str]:
    hosts = [*service.table("extra_hosts"), *service.texts("extra_hosts")]
    links = [item.split(":")[-1].lower() for item in service.texts("links")]
    return {str(line).replace("=", ":").split(":")[0].lower() for line in hosts} | set(links)


def _has_external_network(compose: ComposeFile) -> bool:
    node = compose.root.get("networks") if compose.root is not None else None
    plain = node.plain() if node is not None else None
    return isinstance(plain, dict) and any(isinstance(entry, dict) and entry.get("external") for entry in plain.values())


RULE = Rule(
    id="compose_unknown_host",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="An address names no service",
    why="Compose's network knows services by their names. With another name the service fails at start: could not translate host name.",
    good="services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgres://app@db:5432/app\n  db:\n   "
    " image: postgres:17\n",
    bad="services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgres://app@postgres:5432/app\n  "
    "db:\n    image: postgres:17\n",
    check=check,
)
