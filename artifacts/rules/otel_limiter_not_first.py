"""The memory limiter comes late."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Its place is the first of the pipeline's processors."""
    for pipeline in context.collector.pipelines:
        names = [name.partition("/")[0] for name, _ in pipeline.processors]
        if "memory_limiter" in names[1:] and names[0] != "memory_limiter":
            yield Remark(pipeline.line, f"{pipeline.id} runs {names[0]} before memory_limiter")


RULE = Rule(
    id="otel_limiter_not_first",
    kind=Kind.OTEL,
    severity=Severity.WARNING,
    title="The memory limiter comes late",
    why="Processors before it have done their work, and taken their memory, on data that is then refused.",
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
    "  debug: {}\n"
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [batch, memory_limiter], exporters: [debug]}\n",
    check=check,
)
