"""Traces leave without encryption."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_INSIDE = re.compile(
    r"^(?:[a-z]+://)?(?:localhost|127\.|\[?::1|[\w-]+(?::|/|$)|[\w.-]+\.(?:svc|local|internal|cluster\.local|lan)\b|10\.|192\.168\.|172\.)"
)


def check(context: Context) -> Iterator[Remark]:
    """A host without a domain, an address of a private network or a name of the cluster is inside."""
    for part in context.collector.section("exporters"):
        settings = {keys: (text, line) for keys, text, line in part.scalars()}
        endpoint, line = settings.get(("endpoint",), ("", part.line))
        insecure = settings.get(("tls", "insecure"), ("", 0))[0].lower() == "true" or endpoint.startswith("http://")
        if insecure and endpoint and "${" not in endpoint and not _INSIDE.match(endpoint):
            yield Remark(line, f"{part.id} sends to {endpoint} without TLS")


RULE = Rule(
    id="otel_plain_sending",
    kind=Kind.OTEL,
    severity=Severity.WARNING,
    title="Traces leave without encryption",
    why="What is sent to another network without TLS can be read and changed on the way.",
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
    '  otlp: {endpoint: "traces.example.com:4317", tls: {insecure: true}}\n'
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug, otlp]}\n",
    check=check,
)
