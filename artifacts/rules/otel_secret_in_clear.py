"""A secret in the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable


def check(context: Context) -> Iterator[Remark]:
    """References such as `${env:TOKEN}` and stand-ins are no secrets."""
    for part in context.collector.parts:
        for keys, text, line in part.scalars():
            name = keys[-1] if keys else ""
            plain = re.sub(r"^(?:Bearer|Basic)\s+", "", text)
            if name.lower() in ("authorization", "api_key", "x-api-key"):
                name = "API_KEY"
            if not plain.startswith(("${", "<")) and secret_variable(name.upper(), plain):
                yield Remark(line, f"{part.id} writes {keys[-1] if keys else 'a secret'} down; take it from ${{env:NAME}}")


RULE = Rule(
    id="otel_secret_in_clear",
    kind=Kind.OTEL,
    severity=Severity.ERROR,
    title="A secret in the configuration",
    why="Whoever can read the repository can use it; `${env:NAME}` takes it from the environment.",
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
    "  otlp:\n"
    "    endpoint: tempo:4317\n"
    "    headers: {authorization: Bearer 8f3cbe71d0a94}\n"
    "extensions:\n"
    "  health_check: {}\n"
    "service:\n"
    "  extensions: [health_check]\n"
    "  pipelines:\n"
    "    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug, otlp]}\n",
    check=check,
)
