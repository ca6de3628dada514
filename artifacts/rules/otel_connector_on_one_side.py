"""A connector that connects nothing."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Both sides must be there; a connector that no pipeline names at all is merely unused."""
    file = context.collector
    if not file.section("receivers") or not file.section("exporters"):
        return  # one of several files that the collector reads together
    taking = {name for pipeline in file.pipelines for name, _ in pipeline.exporters}
    giving = {name for pipeline in file.pipelines for name, _ in pipeline.receivers}
    for part in file.section("connectors"):
        if (part.id in taking) != (part.id in giving):
            side = "receiver" if part.id in taking else "exporter"
            yield Remark(part.line, f"{part.id} is in no pipeline as a {side}")


RULE = Rule(
    id="otel_connector_on_one_side",
    kind=Kind.OTEL,
    severity=Severity.ERROR,
    title="A connector that connects nothing",
    why="The collector refuses to start: a connector takes from one pipeline as its exporter and gives to another as its receiver.",
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
    "connectors:\n"
    "  spanmetrics: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug, spanmetrics]}\n",
    check=check,
)
