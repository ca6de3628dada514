"""Nobody can ask whether it runs."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Also met by the newer extension healthcheckv2."""
    file = context.collector
    if file.pipelines and not any(name.startswith(("health_check", "healthcheck")) for name, _ in file.enabled):
        yield Remark(file.line_of("service"), "the extension health_check is not switched on")


RULE = Rule(
    id="otel_no_health_check",
    kind=Kind.OTEL,
    severity=Severity.HINT,
    title="Nobody can ask whether it runs",
    why="With the extension health_check an orchestrator sees that the collector hangs, and starts it again.",
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
    "service:\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug]}\n",
    check=check,
)
