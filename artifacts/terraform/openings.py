"""Who may come in where: the ingress rules of five clouds in one form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from artifacts.terraform.model import Block
from artifacts.terraform.module import Module

_ALL = frozenset({"0.0.0.0/0", "::/0", "*", "Internet", "Any", "any"})  # what stands for the whole internet in a file


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule: from where, to which ports (None or UNKNOWN where the files do not tell), `everything` for all of them."""

    sources: tuple[Any, ...]
    first: Any
    last: Any
    line: int
    everything: bool = False

    @property
    def open_to_all(self) -> bool:
        """Tell whether the whole internet is among the sources."""
        return any(isinstance(source, str) and source in _ALL for source in self.sources)


def openings(module: Module, kind: str, block: Block) -> Iterator[Opening]:
    """Yield what a resource lets in."""
    reader = _READERS.get(kind)
    if reader is not None:
        for bound in module.instances(block)[:20]:
            yield from reader(_Asked(module, block, bound))


class _Asked:
    """A block with what `each` is in one instance."""

    def __init__(self, module: Module, block: Block, bound: dict[str, Any]) -> None:
        self.module = module
        self.block = block
        self.bound = bound

    def get(self, name: str) -> Any:
        return self.module.value(self.block.body.get(name), self.bound).plain() if self.block.body.get(name) is not None else None

    def many(self, *names: str) -> tuple[Any, ...]:
        found: list[Any] = []
        for name in names:
            value = self.get(name)
            found += value if isinstance(value, list) else [value] if value is not None else []
        return tuple(found)

    def inner(self, *kinds: str) -> list[_Asked]:
        """Return nested blocks along a path of kinds."""
        found = [self]
        for kind in kinds:
            found = [_Asked(self.module, block, self.bound) for asked in found for block in asked.block.body.of(kind)]
        return found


def _aws_rule(asked: _Asked) -> Iterator[Opening]:
    sources = asked.many("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
    protocol = asked.get("protocol") if asked.get("protocol") is not None else asked.get("ip_protocol")
    yield Opening(sources, asked.get("from_port"), asked.get("to_port"), asked.block.line, str(protocol) in ("-1", "all"))


def _aws_group(asked: _Asked) -> Iterator[Opening]:
    for rule in asked.inner("ingress"):
        yield from _aws_rule(rule)


def _aws_group_rule(asked: _Asked) -> Iterator[Opening]:
    if asked.get("type") == "ingress":
        yield from _aws_rule(asked)


def _google(asked: _Asked) -> Iterator[Opening]:
    if asked.get("direction") == "EGRESS":
        return
    sources = asked.many("source_ranges")
    for allow in asked.inner("allow"):
        ports = allow.many("ports")
        if not ports and allow.get("protocol") in ("all", "tcp", "udp"):
            yield Opening(sources, None, None, allow.block.line, everything=True)
        for port in ports:
            first, _, last = str(port).partition("-")
            yield Opening(sources, first, last or first, allow.block.line)


def _azure_rule(asked: _Asked) -> Iterator[Opening]:
    if asked.get("direction") != "Inbound" or asked.get("access") != "Allow":
        return
    sources = asked.many("source_address_prefix", "source_address_prefixes")
    for port in asked.many("destination_port_range", "destination_port_ranges"):
        first, _, last = str(port).partition("-")
        yield Opening(sources, first, last or first, asked.block.line, port == "*")


def _azure_group(asked: _Asked) -> Iterator[Opening]:
    for rule in asked.inner("security_rule"):
        yield from _azure_rule(rule)


def _oracle_rule(asked: _Asked) -> Iterator[Opening]:
    if asked.get("direction") not in (None, "INGRESS"):
        return
    sources = asked.many("source")
    if str(asked.get("protocol")) == "all":
        yield Opening(sources, None, None, asked.block.line, everything=True)
    for options in ("tcp_options", "udp_options"):
        ranges = asked.inner(options, "destination_port_range") or (asked.inner(options) if asked.block.kind != "resource" else [])
        for ports in ranges:
            yield Opening(sources, ports.get("min"), ports.get("max"), asked.block.line)


def _oracle_list(asked: _Asked) -> Iterator[Opening]:
    for rule in asked.inner("ingress_security_rules"):
        yield from _oracle_rule(rule)


_READERS = {
    "aws_security_group": _aws_group,
    "aws_default_security_group": _aws_group,
    "aws_security_group_rule": _aws_group_rule,
    "aws_vpc_security_group_ingress_rule": _aws_rule,
    "google_compute_firewall": _google,
    "azurerm_network_security_rule": _azure_rule,
    "azurerm_network_security_group": _azure_group,
    "oci_core_network_security_group_security_rule": _oracle_rule,
    "oci_core_security_list": _oracle_list,
    "oci_core_default_security_list": _oracle_list,
}
