"""Nothing bounds the memory."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The first thing that pipelines pass, so that data is refused before any work is done on it."""
    for pipeline in context.collector.pipelines:
        names = [name.partition("/")[0] for name, _ in pipeline.processors]
        sources = {name for name, _ in pipeline.receivers} - {part.id for part in context.collector.section("connectors")}
        if sources and "memory_limiter" not in names:
            yield Remark(pipeline.line, f"{pipeline.id} takes data in without memory_limiter")
            return


RULE = Rule(
    id="otel_no_memory_limiter",
    kind=Kind.OTEL,
    severity=Severity.WARNING,
    title="Nothing bounds the memory",
    why="A burst of data, or an exporter that cannot send, makes the collector grow until it is killed, and takes what it held with it.",
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
    "  batch: {}\n"
    "exporters:\n"
    "  debug: {}\n"
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [batch], exporters: [debug]}\n",
    check=check,
)
