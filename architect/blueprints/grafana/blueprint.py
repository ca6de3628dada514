"""The target `grafana`: rate, errors and duration of each component, its runtime, and the services it needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.blueprints.grafana.panels import SOURCE, Drawn, Row, laid_out
from architect.blueprints.prometheus.rules import series
from architect.blueprints.prometheus.watched import Watched, has_collector, needs_collector, servers, watched
from architect.measuring.families import Requests, observable, runtime_of
from architect.measuring.servers import SERVERS
from architect.profile import Component, Evidence, Profile
from architect.request import Style
from architect.syntax.composing import slug
from architect.syntax.lines import Page
from artifacts.records import Kind

PATH = "grafana/dashboard.json"
SCHEMA_VERSION = 41
_WINDOW = "$__rate_interval"
_ERRORS = (("green", None), ("yellow", 0.01), ("red", 0.05))
_SECONDS = (("green", None), ("yellow", 0.5), ("red", 1.0))


class Grafana:
    """One dashboard for the whole repository."""

    id = "grafana"
    label = "Grafana"
    options: tuple[Option, ...] = ()

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the dashboard's path."""
        return (PATH,) if any(observable(component) for component in components) else ()

    def draw(self, site: Site) -> Drawing:
        """Draw the dashboard, with a sentence on what its queries rest on."""
        items = watched(site)
        if not items:
            return Drawing((), ("Nothing here can be shown on a dashboard: no component serves requests with a program of its own.",))
        board = _Board(site, items)
        return Drawing((board.page(),), tuple(board.notes()))


class _Board:
    """One dashboard in the making."""

    def __init__(self, site: Site, items: Sequence[Watched]) -> None:
        self.site = site
        self.style = site.style
        self.items = items
        self.served = [item for item in items if item.requests is not None]
        self.recorded = self.style is Style.CACHED and ("prometheus" in site.targets or bool(site.profile.existing.get("prometheus")))

    def page(self) -> Page:
        """Return the file; each panel's title line bears the reason of the panel."""
        rows = [*self._request_rows(), *self._runtime_rows(), *self._service_rows()]
        text = json.dumps(self._model(rows), indent=2, ensure_ascii=False)
        reasons = {drawn.title: drawn for row in rows for drawn in row.panels}
        page = Page(PATH, Kind.GRAFANA)
        for line in text.split("\n"):
            titled = re.match(r'\s*"title": (".*"),?$', line)
            drawn = reasons.get(json.loads(titled[1])) if titled else None
            page.add(line, drawn.why if drawn else "", drawn.evidence if drawn else ())
        return page

    def notes(self) -> Iterator[str]:
        """Yield sentences on what the queries need."""
        if needs_collector(self.site, self.items) and not has_collector(self.site):
            yield "Some panels show what an OpenTelemetry collector measures, and the repository has none: generate the otel target too."
        if self.style is Style.CACHED and not self.recorded:
            yield "The panels compute their series themselves; with the prometheus target in the same request they read recorded ones."

    def _model(self, rows: Sequence[Row]) -> dict[str, Any]:
        name = self.site.profile.name
        return {
            "uid": f"{slug(name)[:32]}-overview",
            "title": f"{name}: overview",
            "description": f"Requests, runtime and services of {name}. House style {self.style.value}.",
            "tags": ["generated", slug(name)],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": self.style is not Style.HARDENED,
            "graphTooltip": 1,
            "timezone": "browser",
            "time": {"from": "now-6h", "to": "now"},
            "refresh": {Style.LEAN: "1m", Style.HARDENED: "30s", Style.CACHED: "5m"}[self.style],
            "templating": {"list": self._variables()},
            "annotations": {"list": []},
            "links": [],
            "panels": laid_out(rows, interval="1m" if self.style is Style.CACHED else ""),
        }

    def _variables(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [
            {
                "name": "datasource",
                "label": "Data source",
                "type": "datasource",
                "query": "prometheus",
                "current": {},
                "hide": 0,
                "refresh": 1,
            }
        ]
        if self.served:
            names = [item.job for item in self.served]
            chosen = {"text": "All", "value": "$__all"}
            options = [{**chosen, "selected": True}, *({"text": name, "value": name, "selected": False} for name in names)]
            found.append(
                {
                    "name": "component", "label": "Component", "type": "custom", "query": ",".join(names),
                    "multi": True, "includeAll": True, "allValue": "|".join(names), "current": chosen, "options": options, "hide": 0,
                }
            )  # fmt: skip
        return found

    def _families(self) -> list[tuple[Requests, list[Watched]]]:
        """Return the components by the way their requests are counted."""
        found: dict[str, tuple[Requests, list[Watched]]] = {}
        for item in self.served:
            if item.requests is not None:
                found.setdefault(item.requests.counter, (item.requests, []))[1].append(item)
        return list(found.values())

    def _request_rows(self) -> Iterator[Row]:
        families = self._families()
        if self.recorded:
            if families:
                yield Row("Requests", list(self._recorded_panels()))
            return
        for requests, items in families:
            about = "" if len(families) == 1 else f" of {', '.join(item.job for item in items)}"
            row = Row(f"Requests{about}")
            proof = next((item.proof for item in items if item.proof is not None), None)
            why = f"counted by {proof.value}" if proof else "counted by the collector from traces"
            evidence = proof.evidence if proof else ()
            if self.style is Style.HARDENED:
                row.panels += list(_stats(requests, about, why, evidence))
            row.panels += list(_lines(requests, about, why, evidence))
            if self.style is Style.HARDENED:
                label = "service_name" if requests.spans else "job"
                expr = f"topk(10, sum by ({label}, {requests.route}) (rate({requests.counter}{_chosen(requests)}[{_WINDOW}])))"
                row.panels.append(Drawn(f"Busiest routes{about}", ((expr, ""),), "reqps", why, evidence, kind="table", width=24))
            yield row

    def _recorded_panels(self) -> Iterator[Drawn]:
        chosen = '{job=~"$component"}'
        why = "read from the series that the rules record"
        yield Drawn("Request rate", ((f"{series('requests', '5m')}{chosen}", "{{job}}"),), "reqps", why)
        yield Drawn("Error ratio", ((f"{series('errors', '5m')}{chosen}", "{{job}}"),), "percentunit", why, limits=_ERRORS)
        buckets = any(item.requests is not None and item.requests.buckets for item in self.served)
        means = any(item.requests is not None and not item.requests.buckets for item in self.served)
        queries = [(f"{series(name, '5m')}{chosen}", f"{name} {{{{job}}}}") for name in ("p95", "p99") if buckets]
        queries += [(f"{series('mean', '5m')}{chosen}", "mean {{job}}")] if means else []
        yield Drawn("Duration", tuple(queries), "s", why, limits=_SECONDS)

    def _runtime_rows(self) -> Iterator[Row]:
        for item in self.items:
            gauges, library = runtime_of(item.component)
            if not gauges:
                continue
            row = Row(f"Runtime of {item.job}", folded=self.style is Style.CACHED)
            kept = gauges[:2] if self.style is Style.LEAN else gauges
            for gauge in kept:
                evidence = library.evidence if library else ()
                query = (_filled(gauge.query, item.job), "{{instance}}")
                row.panels.append(
                    Drawn(f"{gauge.title} of {item.job}", (query,), gauge.unit, gauge.why, evidence, width=24 // min(len(kept), 4))
                )
            yield row

    def _service_rows(self) -> Iterator[Row]:
        found = servers(self.site, self.items)
        if not found:
            return
        row = Row("Services", folded=self.style is Style.CACHED)
        for backing in found:
            server = SERVERS[backing.spec.kind]
            for shown in server.panels[:1] if self.style is Style.LEAN else server.panels:
                why = f"{server.label} as the collector reads it"
                title = f"{server.label}: {shown.title.lower()}"
                row.panels.append(Drawn(title, ((shown.query, shown.legend),), shown.unit, why, backing.fact.evidence, width=12))
        yield row


def _chosen(requests: Requests, *more: str) -> str:
    label = "service_name" if requests.spans else "job"
    kind = ['span_kind="SPAN_KIND_SERVER"'] if requests.spans else []
    return "{" + ", ".join([f'{label}=~"$component"', *kind, *more]) + "}"


def _expressions(requests: Requests, by: str) -> dict[str, str]:
    group = f" by ({by}) " if by else ""
    every = f"sum{group}(rate({requests.counter}{_chosen(requests)}[{_WINDOW}]))"
    failed = f"sum{group}(rate({requests.counter}{_chosen(requests, requests.failed)}[{_WINDOW}]))"
    inner = f" by ({by}, le)" if by else " by (le)"
    buckets = f"sum{inner} (rate({requests.histogram}_bucket{_chosen(requests)}[{_WINDOW}]))"
    sums = f"sum{group}(rate({requests.histogram}_sum{_chosen(requests)}[{_WINDOW}]))"
    counts = f"sum{group}(rate({requests.histogram}_count{_chosen(requests)}[{_WINDOW}]))"
    none = f"{every} * 0" if by else "vector(0)"
    return {
        "rate": every,
        "errors": f"({failed} or {none}) / {every}",
        "mean": f"{sums} / {counts}",
        "p50": f"histogram_quantile(0.5, {buckets})",
        "p95": f"histogram_quantile(0.95, {buckets})",
        "p99": f"histogram_quantile(0.99, {buckets})",
    }


def _stats(requests: Requests, about: str, why: str, evidence: tuple[Evidence, ...]) -> Iterator[Drawn]:
    whole = _expressions(requests, "")
    measure = "p95" if requests.buckets else "mean"
    yield Drawn(f"Requests now{about}", ((whole["rate"], ""),), "reqps", why, evidence, kind="stat", height=4)
    yield Drawn(f"Errors now{about}", ((whole["errors"], ""),), "percentunit", why, evidence, kind="stat", height=4, limits=_ERRORS)
    yield Drawn(f"Duration now{about}", ((whole[measure], ""),), "s", why, evidence, kind="stat", height=4, limits=_SECONDS)


def _lines(requests: Requests, about: str, why: str, evidence: tuple[Evidence, ...]) -> Iterator[Drawn]:
    label = "service_name" if requests.spans else "job"
    each = _expressions(requests, label)
    shown = f"{{{{{label}}}}}"
    yield Drawn(f"Request rate{about}", ((each["rate"], shown),), "reqps", why, evidence)
    yield Drawn(f"Error ratio{about}", ((each["errors"], shown),), "percentunit", why, evidence, limits=_ERRORS)
    names = ("p50", "p95", "p99") if requests.buckets else ("mean",)
    queries = tuple((each[name], f"{name} {shown}") for name in names)
    yield Drawn(f"Duration{about}", queries, "s", why, evidence, limits=_SECONDS)


def _filled(query: str, job: str) -> str:
    """Put the labels of a component where a runtime's query leaves room for them."""
    own = f'job="{job}"'
    return re.sub(r"\{selector\+([^{}]*)\}", lambda hit: "{" + f"{own}, {hit[1]}" + "}", query).replace("{selector}", "{" + own + "}")


__all__ = ["PATH", "SOURCE", "Grafana"]
