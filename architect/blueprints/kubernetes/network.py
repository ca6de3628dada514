"""Who may talk to whom: nothing at first, then each flow the application needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from architect.blueprints.kubernetes.layout import Layout, Part
from architect.measuring.collecting import NAME as COLLECTOR
from architect.measuring.collecting import RECEIVERS
from architect.services.backings import Backing
from architect.syntax.yaml import Because

Document = dict[str, Any]
_DNS: Document = {
    "to": [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
        # where a cluster caches names on every node
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}


def documents(layout: Layout) -> Iterator[Document]:
    """Yield the policies. Incoming traffic is closed in every style, outgoing traffic too in the hardened one."""
    kinds = ["Ingress", "Egress"] if layout.hardened else ["Ingress"]
    closed: Document = {"podSelector": {}, "policyTypes": Because(kinds, "what is not allowed below is refused")}
    if layout.hardened:
        closed["egress"] = Because([_DNS], "names must be looked up")
    yield _policy(layout, "default-deny", closed)
    for part in layout.parts:
        if part.serves:
            yield _policy(layout, f"{part.name}-incoming", _incoming(layout, part))
    for backing in layout.backings:
        yield _policy(layout, f"{backing.name}-clients", _clients(layout, backing))
    if layout.hardened:
        for part in layout.parts:
            yield _policy(layout, f"{part.name}-outgoing", _outgoing(layout, part))


def _policy(layout: Layout, name: str, spec: Document) -> Document:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": layout.meta(name), "spec": spec}


def _incoming(layout: Layout, part: Part) -> Document:
    peers: list[Any] = [
        Because({"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": layout.app}}}, "other parts of the application")
    ]
    if part in layout.served:
        peers += [
            Because({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}, "the ingress controller")
            for namespace in layout.flavour.controllers
        ]
        peers += [Because({"ipBlock": {"cidr": cidr}}, "the load balancer and its health checks") for cidr in layout.flavour.sources]
    allowed: Document = {"ports": [{"port": "http"}, *({"port": port} for port in layout.changes.ports if port != part.plan.port)]}
    # a cluster whose load balancer has no fixed address or namespace lets anyone in to the one port
    open_to_all = part in layout.served and not layout.flavour.controllers and not layout.flavour.sources
    return {
        "podSelector": {"matchLabels": layout.selector(part.name)},
        "policyTypes": ["Ingress"],
        "ingress": [allowed if open_to_all else {"from": peers, **allowed}],
    }


def _clients(layout: Layout, backing: Backing) -> Document:
    names = [name for part in layout.parts if backing in part.needs for name in _pods(part)]
    if "otel" in layout.site.targets and backing.spec.kind in RECEIVERS:
        names.append(COLLECTOR)
    return {
        "podSelector": {"matchLabels": layout.selector(backing.name)},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [{"podSelector": Because(_any_of(layout, names), f"those that need {backing.spec.label}")}],
                "ports": [{"port": "service"}],
            }
        ],
    }


def _outgoing(layout: Layout, part: Part) -> Document:
    rules: list[Any] = []
    if part.needs:
        rules += [
            {
                "to": [{"podSelector": {"matchLabels": layout.selector(backing.name)}}],
                "ports": [{"port": backing.spec.port}],
            }
            for backing in part.needs
        ]
    others = [other for other in layout.parts if other is not part and other.serves]
    if others:
        peers = [{"podSelector": {"matchLabels": layout.selector(other.name)}} for other in others]
        rules.append({"to": peers, "ports": [{"port": "http"}]})
    blocked = Because(["169.254.0.0/16"], "the cloud's metadata, which can hand out credentials")
    rules.append(
        Because(
            {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": blocked}}], "ports": [{"port": 443}]}, "services on the internet, encrypted"
        )
    )
    rules += [{"to": [{"ipBlock": {"cidr": cidr}}], "ports": [{"port": port}]} for cidr, port in layout.flavour.metadata]
    return {"podSelector": _any_of(layout, _pods(part)), "policyTypes": ["Egress"], "egress": rules}


def _pods(part: Part) -> list[str]:
    """Return the names under which a part's pods run."""
    jobs = [f"{part.name}-{part.migration.name}"] if part.migration is not None else []
    return [part.name, *(name for _, name in part.processes), *jobs]


def _any_of(layout: Layout, names: Sequence[str]) -> Document:
    if len(names) == 1:
        return {"matchLabels": layout.selector(names[0])}
    return {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": list(names)}]}
