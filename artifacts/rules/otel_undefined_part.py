"""A pipeline names what is not defined."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.otel.model import FLOWING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A connector stands on both sides; a file without receivers or exporters is one of several that the collector reads together."""
    file = context.collector
    if not file.section("receivers") or not file.section("exporters"):
        return
    connectors = {part.id for part in file.section("connectors")}
    for pipeline in file.pipelines:
        for section in FLOWING:
            defined = {part.id for part in file.section(section)} | (connectors if section != "processors" else set())
            for name, line in pipeline.of(section):
                if name not in defined:
                    yield Remark(line, f"{pipeline.id} names {name}, which {section} does not define")
    extensions = {part.id for part in file.section("extensions")}
    for name, line in file.enabled:
        if name not in extensions:
            yield Remark(line, f"the extension {name} is switched on and not defined")


RULE = Rule(
    id="otel_undefined_part",
    kind=Kind.OTEL,
    severity=Severity.ERROR,
    title="A pipeline names what is not defined",
    why="The collector refuses to start: what a pipeline names must be defined under its section.",
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
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp]}\n",
    check=check,
)
