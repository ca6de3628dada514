"""Configurations of the collector: read, compared by meaning, taken decision by decision, held against evidence."""

from __future__ import annotations

import pytest

from artifacts.comparing import comparer_of
from artifacts.errors import DecisionNotTakeable
from artifacts.judging.grounding import ground
from artifacts.kinds import kind_of
from artifacts.otel import read_collector
from artifacts.records import Artifact, Decision, Expectation, Expectations, Kind
from artifacts.validator import NotChecked
from artifacts.validators.otel_schema import OtelSchema

ONE = """\
receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}, http: {endpoint: "0.0.0.0:4318"}}}
  redis: {endpoint: "redis:6379"}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 200}
  batch: {}
exporters:
  debug: {}
  otlp/tempo:
    endpoint: tempo:4317
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, batch]
      exporters: [debug, otlp/tempo]
"""
OTHER = ONE.replace("tempo:4317", "jaeger:4317").replace("[debug, otlp/tempo]", "[otlp/tempo, debug]")


def artifact(text: str) -> Artifact:
    return Artifact("otel/collector.yaml", text, Kind.OTEL)


def decided(text: str) -> dict[str, str]:
    return {decision.name: decision.value for decision in comparer_of(Kind.OTEL).decisions(artifact(text))}


def test_parts_and_pipelines_are_read_with_their_lines() -> None:
    file = read_collector(ONE)
    assert [(part.section, part.id, part.line) for part in file.parts][:2] == [("receivers", "otlp", 2), ("receivers", "redis", 3)]
    assert file.pipelines[0].exporters == (("debug", 16), ("otlp/tempo", 16))
    assert kind_of("otel/collector.yaml", ONE) is Kind.OTEL


def test_the_order_of_goals_does_not_show_and_that_of_processors_does() -> None:
    canonical = comparer_of(Kind.OTEL).canonical
    assert canonical(ONE) == canonical("# x\n" + ONE.replace("[debug, otlp/tempo]", "[otlp/tempo, debug]"))
    assert canonical(ONE) != canonical(ONE.replace("[memory_limiter, batch]", "[batch, memory_limiter]"))


def test_decisions_say_what_comes_in_and_where_it_goes() -> None:
    rows = decided(ONE)
    assert rows["receivers"] == "otlp, redis"
    assert rows["otlp/tempo.endpoint"] == "tempo:4317"
    assert rows["traces.processors"] == "memory_limiter, batch"


def test_one_decision_is_taken_and_nothing_else_changes() -> None:
    taken = comparer_of(Kind.OTEL).take(
        artifact(ONE), Decision("otel/collector.yaml", "otlp/tempo.endpoint", "jaeger:4317"), artifact(OTHER)
    )
    assert taken == ONE.replace("tempo:4317", "jaeger:4317")
    with pytest.raises(DecisionNotTakeable):
        comparer_of(Kind.OTEL).take(artifact(ONE), Decision("otel/collector.yaml", "receivers", "x"), artifact(OTHER))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  pipelines:", "  pipelins:"),
        ("    traces:", "    spans:"),
        ("      receivers: [otlp]\n", ""),
        ("limit_mib: 200", "limit: 200"),
        ("protocols:", "protocol:"),
    ],
)
async def test_the_schema_refuses_what_the_collector_refuses(old: str, new: str) -> None:
    assert await OtelSchema().check(artifact(ONE), (), 5) == ()
    assert await OtelSchema().check(artifact(ONE.replace(old, new)), (), 5) != ()


async def test_what_does_not_parse_is_not_checked() -> None:
    with pytest.raises(NotChecked):
        await OtelSchema().check(artifact("receivers: [\n"), (), 5)


def test_a_service_nobody_reads_costs_and_one_that_is_read_counts() -> None:
    facts = (Expectation("receiver", ("otlp",), "app.py:1"), Expectation("receiver", ("redis",), "requirements.txt:3", firm=False))
    found = ground((artifact(ONE),), Expectations(facts=facts))
    assert [outcome.verdict.name for outcome in found.outcomes] == ["AGREES", "DIFFERS"]
    assert "requirements.txt:3" in found.findings[0].message
