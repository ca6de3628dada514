"""The collector's own configuration: what it takes in, what it makes of it, and what it offers to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from architect.request import Style
from architect.services.backings import Backing
from architect.syntax.yaml import Because, Flow

NAME = "otel-collector"
IMAGE = "otel/opentelemetry-collector-contrib:0.158.0"
GRPC, HTTP, METRICS, HEALTH = 4317, 4318, 8889, 13133
_BUCKETS = ("5ms", "10ms", "25ms", "50ms", "100ms", "250ms", "500ms", "1s", "2500ms", "5s", "10s")
_ANY = "0.0.0.0"  # noqa: S104 - inside a container, whose network decides who can reach it


def _login(backing: Backing) -> dict[str, Any]:
    """Return user and password, the password from the environment."""
    if not backing.spec.secrets:
        return {}
    return {"username": backing.spec.user, "password": f"${{env:{backing.spec.secrets[0]}}}"}


def _address(backing: Backing) -> str:
    return f"{backing.name}:{backing.spec.port}"


RECEIVERS: Mapping[str, tuple[str, Callable[[Backing], dict[str, Any]]]] = MappingProxyType(
    # the receivers whose series architect/measuring/servers.py knows
    {
        "postgres": (
            "postgresql",
            lambda it: {"endpoint": _address(it), **_login(it), "databases": Flow((it.spec.database,)), "tls": {"insecure": True}},
        ),
        "mysql": ("mysql", lambda it: {"endpoint": _address(it), **_login(it)}),
        "mongodb": ("mongodb", lambda it: {"hosts": [{"endpoint": _address(it)}], **_login(it), "tls": {"insecure": True}}),
        "redis": ("redis", lambda it: {"endpoint": _address(it)}),
        "rabbitmq": ("rabbitmq", lambda it: {"endpoint": f"http://{it.name}:15672", **_login(it)}),
        "kafka": ("kafkametrics", lambda it: {"brokers": Flow((_address(it),)), "scrapers": Flow(("brokers", "topics", "consumers"))}),
        "elasticsearch": ("elasticsearch", lambda it: {"endpoint": f"http://{_address(it)}", **_login(it)}),
        "memcached": ("memcached", lambda it: {"endpoint": _address(it)}),
    }
)


def secrets(servers: Sequence[Backing]) -> tuple[str, ...]:
    """Return the variables that the configuration reads."""
    return tuple(dict.fromkeys(backing.spec.secrets[0] for backing in servers if backing.spec.secrets and backing.spec.kind in RECEIVERS))


def configuration(servers: Sequence[Backing], style: Style) -> dict[str, Any]:
    """Return the configuration of the one collector that everything is sent to."""
    read = [(backing, *RECEIVERS[backing.spec.kind]) for backing in servers if backing.spec.kind in RECEIVERS]
    receivers: dict[str, Any] = {"otlp": _otlp(_ANY, "what the programs send")}
    for backing, name, settings in read:
        receivers[name] = Because(settings(backing), f"{backing.spec.label} is asked by the collector", backing.fact.evidence)
    steps = ["memory_limiter", *(["attributes/private"] if style is Style.HARDENED else []), "batch"]
    return {
        "receivers": receivers,
        "processors": _processors(style),
        "connectors": {
            "spanmetrics": Because(
                {
                    "namespace": "traces.span.metrics",
                    "histogram": {"unit": "s", "explicit": {"buckets": Flow(_BUCKETS)}},
                    "metrics_flush_interval": "15s",
                },
                "requests, errors and durations, counted from traces",
            )
        },
        "exporters": {
            "prometheus": Because({"endpoint": f"{_ANY}:{METRICS}"}, "what Prometheus scrapes"),
            "debug": Because({"verbosity": "basic"}, "a line a batch; put the exporter of your tracing backend in its place"),
        },
        "extensions": {"health_check": {"endpoint": f"{_ANY}:{HEALTH}"}},
        "service": {
            "extensions": Flow(("health_check",)),
            "pipelines": {
                "traces": {"receivers": Flow(("otlp",)), "processors": Flow(tuple(steps)), "exporters": Flow(("spanmetrics", "debug"))},
                "metrics": {
                    "receivers": Flow(("otlp", "spanmetrics", *(name for _, name, _ in read))),
                    "processors": Flow(("memory_limiter", "batch")),
                    "exporters": Flow(("prometheus",)),
                },
            },
        },
    }


def forwarding(style: Style) -> dict[str, Any]:
    """Return the configuration of a sidecar: it takes what its own pod sends, and hands it on."""
    sent = {"endpoint": f"{NAME}:{GRPC}", "tls": Because({"insecure": True}, "inside the cluster")}
    one = {"receivers": Flow(("otlp",)), "processors": Flow(("memory_limiter", "batch")), "exporters": Flow(("otlp",))}
    return {
        "receivers": {"otlp": _otlp("127.0.0.1", "only the pod's own program reaches it")},
        "processors": {name: value for name, value in _processors(style).items() if "/" not in name},
        "exporters": {"otlp": sent},
        "extensions": {"health_check": {"endpoint": f"{_ANY}:{HEALTH}"}},
        "service": {"extensions": Flow(("health_check",)), "pipelines": {"traces": one, "metrics": dict(one)}},
    }


def _otlp(host: str, why: str) -> Because:
    return Because({"protocols": {"grpc": {"endpoint": f"{host}:{GRPC}"}, "http": {"endpoint": f"{host}:{HTTP}"}}}, why)


def _processors(style: Style) -> dict[str, Any]:
    limits = {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 25}
    found: dict[str, Any] = {"memory_limiter": Because(limits, "refuses data before the memory runs out")}
    if style is Style.HARDENED:
        names = ("http.request.header.authorization", "http.request.header.cookie", "http.response.header.set_cookie")
        actions = [{"key": name, "action": "delete"} for name in names]
        found["attributes/private"] = Because({"actions": actions}, "what must not be kept is dropped")
    batch: dict[str, Any] = {"timeout": "10s", "send_batch_size": 8192} if style is Style.CACHED else {}
    found["batch"] = Because(batch, "fewer, larger requests")
    return found
