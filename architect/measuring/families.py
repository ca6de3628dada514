"""The metrics that libraries make under fixed names: requests, errors and durations of a component, and of the runtime it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from architect.measuring.servers import SERVERS
from architect.profile import Component, Fact, Role
from architect.services import SERVICES


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """How requests are counted. `counter` counts them, `failed` is the matcher of those that failed, `route` the label of what was asked.

    `histogram` is the base name of the durations in seconds; `buckets` False means that only their sum and count exist.
    `spans` marks metrics that the collector derives from traces: they bear the component's name in `service_name`.
    """

    counter: str
    failed: str
    route: str
    histogram: str
    buckets: bool = True
    spans: bool = False


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric of the runtime for a panel. `query` holds `{selector}` where the labels of the component go; `unit` is Grafana's."""

    title: str
    query: str
    unit: str
    why: str


SPANS = Requests(
    counter="traces_span_metrics_calls_total",
    failed='status_code="STATUS_CODE_ERROR"',
    route="span_name",
    histogram="traces_span_metrics_duration_seconds",
    spans=True,
)
_FAILED = 'status=~"5.."'
REQUESTS: Mapping[str, Requests] = MappingProxyType(
    # from the documentation and the source of each library
    {
        "prometheus-fastapi-instrumentator": Requests(
            counter="http_requests_total", failed=_FAILED, route="handler", histogram="http_request_duration_highr_seconds"
        ),
        "django-prometheus": Requests(
            counter="django_http_responses_total_by_status_total",
            failed=_FAILED,
            route="status",
            histogram="django_http_requests_latency_seconds_by_view_method",
        ),
        "prometheus-flask-exporter": Requests(
            counter="flask_http_request_total", failed=_FAILED, route="status", histogram="flask_http_request_duration_seconds"
        ),
        "starlette-exporter": Requests(
            counter="starlette_requests_total", failed='status_code=~"5.."', route="path", histogram="starlette_request_duration_seconds"
        ),
        "express-prom-bundle": Requests(
            counter="http_request_duration_seconds_count",
            failed='status_code=~"5.."',
            route="status_code",
            histogram="http_request_duration_seconds",
        ),
        "fastify-metrics": Requests(
            counter="http_request_duration_seconds_count",
            failed='status_code=~"5.."',
            route="route",
            histogram="http_request_duration_seconds",
        ),
        "micrometer-registry-prometheus": Requests(
            counter="http_server_requests_seconds_count",
            failed=_FAILED,
            route="uri",
            histogram="http_server_requests_seconds",
            buckets=False,
        ),
        "quarkus-micrometer-registry-prometheus": Requests(
            counter="http_server_requests_seconds_count",
            failed=_FAILED,
            route="uri",
            histogram="http_server_requests_seconds",
            buckets=False,
        ),
        "axum-prometheus": Requests(
            counter="axum_http_requests_total", failed=_FAILED, route="endpoint", histogram="axum_http_requests_duration_seconds"
        ),
        "prometheus-net.AspNetCore": Requests(
            counter="http_requests_received_total", failed='code=~"5.."', route="endpoint", histogram="http_request_duration_seconds"
        ),
        "OpenTelemetry.Exporter.Prometheus.AspNetCore": Requests(
            counter="http_server_request_duration_seconds_count",
            failed='http_response_status_code=~"5.."',
            route="http_route",
            histogram="http_server_request_duration_seconds",
        ),
    }
)
_MEMORY = Gauge("Resident memory", "process_resident_memory_bytes{selector}", "bytes", "memory the process holds")
_CPU = Gauge("CPU", "rate(process_cpu_seconds_total{selector}[$__rate_interval])", "percentunit", "share of one processor")
_JVM = (
    Gauge("Heap used", 'sum by (instance) (jvm_memory_used_bytes{selector+area="heap"})', "bytes", "memory the program's objects take"),
    Gauge(
        "Garbage collection", "rate(jvm_gc_pause_seconds_sum{selector}[$__rate_interval])", "percentunit", "share of time spent in pauses"
    ),
    Gauge("Threads", "jvm_threads_live_threads{selector}", "short", "threads alive"),
    Gauge("CPU", "process_cpu_usage{selector}", "percentunit", "share of the machine"),
)
RUNTIMES: Mapping[str, tuple[Gauge, ...]] = MappingProxyType(
    {
        "python": (
            _MEMORY,
            _CPU,
            Gauge("Garbage collections", "rate(python_gc_collections_total{selector}[$__rate_interval])", "ops", "runs of the collector"),
        ),
        "node": (
            Gauge("Event loop delay (p99)", "nodejs_eventloop_lag_p99_seconds{selector}", "s", "how late timers fire"),
            Gauge("Heap used", "nodejs_heap_size_used_bytes{selector}", "bytes", "memory the program's objects take"),
            _MEMORY,
            _CPU,
        ),
        "go": (
            Gauge("Goroutines", "go_goroutines{selector}", "short", "goroutines alive"),
            Gauge("Heap in use", "go_memstats_heap_inuse_bytes{selector}", "bytes", "memory the program's objects take"),
            _MEMORY,
            _CPU,
        ),
        "java": _JVM,
        "scala": _JVM,
        "dotnet": (
            Gauge("Managed memory", "dotnet_total_memory_bytes{selector}", "bytes", "memory the program's objects take"),
            Gauge("Working set", "process_working_set_bytes{selector}", "bytes", "memory the process holds"),
            _CPU,
        ),
    }
)
_OWN_RUNTIME = {
    "python": (
        "prometheus-fastapi-instrumentator",
        "prometheus-flask-exporter",
        "starlette-exporter",
        "django-prometheus",
        "prometheus-client",
    ),
    "node": ("fastify-metrics", "@willsoto/nestjs-prometheus"),
    "go": ("github.com/prometheus/client_golang",),
    "java": ("micrometer-registry-prometheus", "quarkus-micrometer-registry-prometheus"),
    "scala": ("micrometer-registry-prometheus",),
    "dotnet": ("prometheus-net.AspNetCore",),
}
"""The libraries that make the runtime's metrics without being asked to."""


def serves(component: Component) -> bool:
    """Tell whether requests reach a program of the component's own, which can count them; a server of files tells nothing."""
    return component.role is Role.WEB and component.port is not None


def exposes(component: Component) -> bool:
    """Tell whether the component serves metrics itself."""
    return component.signals.path is not None and (component.signals.port is not None or component.port is not None)


def observable(component: Component) -> bool:
    """Tell whether anything of the component can be watched: its requests, its own metrics, or a service it needs."""
    return serves(component) or exposes(component) or any(kind_of(fact.value) in SERVERS for fact in component.services)


def kind_of(service: str) -> str:
    """Return the kind of a service by its id."""
    return SERVICES[service].kind if service in SERVICES else service


def requests_of(component: Component) -> tuple[Requests, Fact[str] | None]:
    """Return how a component's requests are counted, with the library that proves it; None where the collector does it from traces."""
    if exposes(component):
        for library in component.signals.libraries:
            if library.value in REQUESTS:
                return REQUESTS[library.value], library
    return SPANS, None


def runtime_of(component: Component) -> tuple[tuple[Gauge, ...], Fact[str] | None]:
    """Return the runtime's metrics of a component that serves them, with the library that makes them."""
    if exposes(component):
        for library in component.signals.libraries:
            if library.value in _OWN_RUNTIME.get(component.stack, ()):
                return RUNTIMES.get(component.stack, ()), library
    return (), None


def metrics_port(component: Component) -> int:
    """Return the port the metrics are served on."""
    fact = component.signals.port or component.port
    return fact.value if fact else 0
