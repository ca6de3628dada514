"""The target `otel`: the collector's configuration, and its place in Compose, in manifests that are drawn and in those that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.blueprints.kubernetes.layout import names_of
from architect.blueprints.otel.clustered import COLLECTOR, cluster_pages
from architect.blueprints.otel.composed import FRAGMENT, fragment
from architect.blueprints.prometheus.watched import in_cluster, servers, watched
from architect.measuring.collecting import configuration
from architect.measuring.launching import by_hand, traced
from architect.profile import Component, Profile
from architect.syntax.lines import Page
from architect.syntax.yaml import emit
from artifacts.records import Kind

CONFIG = "otel/collector.yaml"
AUTO, COMPOSE, KUBERNETES = "auto", "compose", "kubernetes"


class Otel:
    """One collector for the repository, fed by every program that can be launched with its language's instrumentation."""

    id = "otel"
    label = "OpenTelemetry"
    options: tuple[Option, ...] = (
        Option("platform", "Runs in", ((AUTO, "What the repository has"), (COMPOSE, "Compose"), (KUBERNETES, "Kubernetes"))),
    )

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the configuration, and what the chosen platform takes; it is left open where none is chosen."""
        if not any(traced(component) for component in components):
            return ()
        platform = options.get("platform", AUTO)
        more = {COMPOSE: (FRAGMENT,), KUBERNETES: (names_of(profile, components).file(COLLECTOR),)}.get(platform, ())
        return (CONFIG, *more)

    def draw(self, site: Site) -> Drawing:
        """Draw the files, with sentences on code that must set up its SDK itself and on where traces end."""
        if not any(traced(component) for component, _ in site.planned()):
            return Drawing((), ("Nothing here can be traced: no component runs a program of the repository's own.",))
        read = servers(site, watched(site))
        config = configuration(read, site.style)
        page = Page(CONFIG, Kind.OTEL)
        page.comment(f"{site.profile.name}: what the collector takes in, and what it makes of it. House style {site.style.value}.")
        emit(page, config)
        pages, notes = [page], [note for component, plan in site.planned() if (note := by_hand(component, plan))]
        if clustered(site):
            more, said = cluster_pages(site, read, _text(config, site))
            pages += more
            notes += said
        if _composed(site):
            more, said = fragment(site, read)
            pages += more
            notes += said
        notes.append(f"Traces end in the log of the collector: put the exporter of your tracing backend into {CONFIG}.")
        return Drawing(tuple(pages), tuple(notes))


def clustered(site: Site) -> bool:
    """Tell whether the collector runs in a cluster; manifests drawn in the same request always hold it."""
    platform = site.target.options.get("platform", AUTO) if site.target.id == "otel" else AUTO
    return platform == KUBERNETES or "kubernetes" in site.targets or (platform == AUTO and in_cluster(site))


def _composed(site: Site) -> bool:
    platform = site.target.options.get("platform", AUTO)
    has = "compose" in site.targets or bool(site.profile.existing.get("compose"))
    return platform == COMPOSE or (platform == AUTO and (has or not clustered(site)))


def _text(config: Mapping[str, Any], site: Site) -> str:
    """Return the configuration as the text a ConfigMap holds."""
    page = Page(CONFIG, Kind.OTEL)
    emit(page, config)
    return page.text()
