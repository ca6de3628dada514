"""The target `prometheus`: a scrape configuration and the rules it loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.blueprints.prometheus.rules import rules
from architect.blueprints.prometheus.watched import (
    COLLECTOR,
    COLLECTOR_PORT,
    Watched,
    has_collector,
    in_cluster,
    needs_collector,
    scraped,
    watched,
)
from architect.measuring.families import metrics_port, observable
from architect.profile import Component, Profile
from architect.request import Style
from architect.syntax.composing import listed
from architect.syntax.lines import Page
from architect.syntax.yaml import Because, Flow, emit
from artifacts.records import Kind

CONFIG, RULES = "prometheus/prometheus.yaml", "prometheus/rules.yaml"
_INTERVAL = {Style.LEAN: "30s", Style.HARDENED: "30s", Style.CACHED: "15s"}


class Prometheus:
    """One scrape configuration and one file of rules for the whole repository."""

    id = "prometheus"
    label = "Prometheus"
    options: tuple[Option, ...] = ()

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return both files."""
        return (CONFIG, RULES) if any(observable(component) for component in components) else ()

    def draw(self, site: Site) -> Drawing:
        """Draw both files, with a sentence on what only a collector can tell."""
        items = watched(site)
        if not items:
            return Drawing((), ("Nothing here can be watched by Prometheus: no component serves requests with a program of its own.",))
        config, file = Page(CONFIG, Kind.PROMETHEUS), Page(RULES, Kind.PROMETHEUS)
        config.comment(f"{site.profile.name}: what Prometheus asks for metrics. House style {site.style.value}.")
        emit(config, _config(site, items))
        file.comment(f"{site.profile.name}: series that are computed ahead, and when someone is called. House style {site.style.value}.")
        emit(file, rules(site, items))
        return Drawing((config, file), tuple(_notes(site, items)))


def _config(site: Site, items: Sequence[Watched]) -> dict[str, Any]:
    interval = _INTERVAL[site.style]
    top: dict[str, Any] = {
        "scrape_interval": Because(interval, "how often everything is asked"),
        "evaluation_interval": Because("30s" if site.style is not Style.CACHED else "15s", "how often the rules are computed"),
    }
    if site.style is Style.HARDENED:
        top["scrape_timeout"] = Because("10s", "a slow answer does not hold up the next round")
        top["body_size_limit"] = Because("10MB", "no component can fill the memory")
        top["sample_limit"] = Because(50_000, "a label that takes every value is cut off")
        top["label_value_length_limit"] = 500
    jobs = [_job(site, item) for item in scraped(items)]
    if needs_collector(site, items):
        jobs.append(_collector())
    return {"global": top, "rule_files": Flow(("rules.yaml",)), "scrape_configs": jobs}


def _job(site: Site, item: Watched) -> Because:
    component = item.component
    path = component.signals.path
    port = metrics_port(component)
    job: dict[str, Any] = {"job_name": item.job}
    if path is not None:
        job["metrics_path"] = Because(path.value, "where the code serves its metrics", path.evidence)
    if in_cluster(site):
        job["kubernetes_sd_configs"] = [{"role": "pod"}]
        job["relabel_configs"] = [
            {"source_labels": Flow(("__meta_kubernetes_pod_label_app_kubernetes_io_name",)), "regex": item.job, "action": "keep"},
            {"source_labels": Flow(("__meta_kubernetes_pod_container_port_number",)), "regex": str(port), "action": "keep"},
            {"source_labels": Flow(("__meta_kubernetes_pod_name",)), "target_label": "pod"},
        ]
    else:
        fact = component.signals.port or component.port
        targets = Because(
            [f"{item.job}:{port}"], "the component's name in the network, and the port it listens on", fact.evidence if fact else ()
        )
        job["static_configs"] = [{"targets": targets}]
    return Because(job, f"{component.name} serves metrics itself", path.evidence if path else ())


def _collector() -> Because:
    job = {
        "job_name": COLLECTOR,
        "honor_labels": Because(True, "the series keep the names of the components they are about"),
        "static_configs": [{"targets": [f"{COLLECTOR}:{COLLECTOR_PORT}"]}],
    }
    return Because(job, "what the collector makes of traces, and reads from the services")


def _notes(site: Site, items: Sequence[Watched]) -> list[str]:
    notes: list[str] = []
    blind = [item.component.name for item in items if item.requests is not None and item.requests.spans]
    if blind:
        known = "the rules use what the OpenTelemetry collector counts from traces"
        notes.append(f"No library that counts requests was found in {listed(blind)}; {known}.")
    if needs_collector(site, items) and not has_collector(site):
        notes.append("Some series come from an OpenTelemetry collector, which the repository does not have: generate the otel target too.")
    return notes
