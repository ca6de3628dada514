"""A part that the collector no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_SUCCESSORS = {
    ("exporters", "logging"): "debug",
    ("exporters", "jaeger"): "otlp, which Jaeger itself receives",
    ("exporters", "jaeger_thrift"): "otlp, which Jaeger itself receives",
    ("processors", "spanmetrics"): "the connector spanmetrics",
    ("processors", "servicegraph"): "the connector servicegraph",
    ("extensions", "memory_ballast"): "GOMEMLIMIT and memory_limiter",
}


def check(context: Context) -> Iterator[Remark]:
    """By the release notes of the collector and its contributions."""
    for part in context.collector.parts:
        successor = _SUCCESSORS.get((part.section, part.type))
        if successor is not None:
            yield Remark(part.line, f"{part.id} is gone from the collector; use {successor}")


RULE = Rule(
    id="otel_retired_part",
    kind=Kind.OTEL,
    severity=Severity.ERROR,
    title="A part that the collector no longer has",
    why="Recent releases do not know it and refuse to start; its successor has another name.",
    good="receivers:\n"
    '  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}\n'
    "processors:\n"
    "  memory_limiter: {check_interval: 1s, limit_mib: 200}\n"
    "  batch: {}\n"
    "exporters:\n"
    "  debug: {}\n"
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug]}\n",
    bad="receivers:\n"
    '  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}\n'
    "processors:\n"
    "  memory_limiter: {check_interval: 1s, limit_mib: 200}\n"
    "  batch: {}\n"
    "exporters:\n"
    "  logging: {}\n"
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [logging]}\n",
    check=check,
)
