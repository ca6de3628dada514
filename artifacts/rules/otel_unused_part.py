"""Defined and used by nothing."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.otel.model import FLOWING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Extensions that authenticate are used by name in other parts; those are left alone."""
    file = context.collector
    used = {name for pipeline in file.pipelines for section in FLOWING for name, _ in pipeline.of(section)}
    enabled = {name for name, _ in file.enabled}
    for part in file.parts:
        if part.id not in (enabled if part.section == "extensions" else used):
            yield Remark(part.line, f"{part.id} ({part.section}) is used by no {'service' if part.section == 'extensions' else 'pipeline'}")


RULE = Rule(
    id="otel_unused_part",
    kind=Kind.OTEL,
    severity=Severity.WARNING,
    title="Defined and used by nothing",
    why="It does nothing: either a pipeline should name it, or it should go.",
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
    "  nop: {}\n"
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug]}\n",
    check=check,
)
