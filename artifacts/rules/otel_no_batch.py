"""Data is sent piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_REMOTE = ("otlp", "otlphttp", "otlp_grpc", "otlp_http")


def check(context: Context) -> Iterator[Remark]:
    """An exporter may batch by itself in its sending queue."""
    file = context.collector
    for pipeline in file.pipelines:
        named = dict(pipeline.exporters)
        remote = [part for part in file.section("exporters") if part.id in named and part.type in _REMOTE]
        queued = any("batch" in keys for part in remote for keys, _, _ in part.scalars())
        if remote and not queued and not any(name.partition("/")[0] == "batch" for name, _ in pipeline.processors):
            yield Remark(pipeline.line, f"{pipeline.id} sends to {remote[0].id} without batch")


RULE = Rule(
    id="otel_no_batch",
    kind=Kind.OTEL,
    severity=Severity.HINT,
    title="Data is sent piece by piece",
    why="Without batches every span is a request of its own: more connections, more CPU, less compression.",
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
    "exporters:\n"
    '  otlp: {endpoint: "tempo:4317"}\n'
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp]}\n",
    check=check,
)
