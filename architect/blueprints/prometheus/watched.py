"""What is watched: components by the name they have when they run, and the kinds of services they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architect.blueprint import Site
from architect.measuring.families import Requests, exposes, observable, requests_of, serves
from architect.measuring.servers import SERVERS
from architect.profile import Component, Fact
from architect.services.backings import Backing, backings
from architect.syntax.composing import unique

COLLECTOR = "otel-collector"
COLLECTOR_PORT = 8889


@dataclass(frozen=True, slots=True)
class Watched:
    """One component. `job` is its name for Prometheus and in traces; `requests` how its requests are counted, None for workers."""

    component: Component
    job: str
    requests: Requests | None
    proof: Fact[str] | None

    def matcher(self, *more: str) -> str:
        """Return the labels that choose this component's series, in braces."""
        own = f'service_name="{self.job}"' if self.requests is not None and self.requests.spans else f'job="{self.job}"'
        kind = ['span_kind="SPAN_KIND_SERVER"'] if self.requests is not None and self.requests.spans else []
        return "{" + ", ".join([own, *kind, *(part for part in more if part)]) + "}"


def watched(site: Site) -> tuple[Watched, ...]:
    """Return the components that can be watched, under the names the other targets give them."""
    components = [component for component in site.profile.components if component.name in site.plans]
    names = unique([component.name for component in components])
    found = []
    for component, name in zip(components, names, strict=True):
        requests, proof = requests_of(component) if serves(component) else (None, None)
        found.append(Watched(component, name, requests, proof))
    return tuple(item for item in found if observable(item.component))


def servers(site: Site, items: Sequence[Watched]) -> tuple[Backing, ...]:
    """Return the services whose metrics the collector can read, one a kind."""
    found: dict[str, Backing] = {}
    for backing in backings([item.component for item in items], [item.job for item in items]):
        if backing.spec.kind in SERVERS:
            found.setdefault(backing.spec.kind, backing)
    return tuple(found.values())


def needs_collector(site: Site, items: Sequence[Watched]) -> bool:
    """Tell whether some of what is watched is known through the collector alone."""
    return bool(servers(site, items)) or any(item.requests is not None and item.requests.spans for item in items)


def has_collector(site: Site) -> bool:
    """Tell whether the repository has a collector or this request makes one."""
    return "otel" in site.targets or bool(site.profile.existing.get("otel"))


def scraped(items: Sequence[Watched]) -> list[Watched]:
    """Return the components that serve metrics themselves."""
    return [item for item in items if exposes(item.component)]


def in_cluster(site: Site) -> bool:
    """Tell whether the components run in Kubernetes: the request makes manifests, or the repository has some and no Compose file."""
    existing = site.profile.existing
    return "kubernetes" in site.targets or bool(
        existing.get("kubernetes") and not existing.get("compose") and "compose" not in site.targets
    )
