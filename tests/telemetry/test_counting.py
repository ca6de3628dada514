"""From events of real ensembles to figures, metrics, spans and exports: numbers right, bounded, nothing in them that should not be."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from providers.accounts import Budgets
from providers.base import Usage
from providers.errors import AuthenticationFailed, BudgetExceeded, NotEnoughAnswers, VendorUnavailable
from providers.observing import Observer
from providers.shared import Guards
from telemetry import exports
from telemetry.events import CallEnded, CallStatus, Outcome, RunEnded
from telemetry.figures import BUCKETS, percentile
from telemetry.metrics import MOST_MODELS, BreakerGauge, Metrics
from telemetry.monitor import KEPT_CALLS, KEPT_RUNS, Monitor
from telemetry.spans import over_http
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider

KEY = "sk-canary-0123456789abcdef"
PROMPT = "a prompt canary"


def gpt(text: str = "an answer canary", **script: Any) -> FakeProvider:
    return FakeProvider(text, vendor="openai", model="gpt-4o", usage=Usage(1_000, 100), **script)


async def run(sinks: list[Any], members: list[FakeProvider], owner: str = "anna", **options: Any) -> None:
    guards = Guards(owner=owner, listeners=(Observer(owner, sinks),), budgets=options.pop("budgets", Budgets()))
    with contextlib.suppress(NotEnoughAnswers, BudgetExceeded):
        await ensemble(members, guards=guards, **options).generate(PROMPT)


async def everything_happens(sinks: list[Any]) -> None:
    """One run each: good, with a failing member, without a verdict, stopped, refused."""
    await run(sinks, [gpt(), FakeProvider("x", vendor="openai", model="secret")])
    await run(sinks, [gpt(), FakeProvider(error=AuthenticationFailed(f"Key {KEY[:2]}... was refused"), vendor="gemini", model="flash")])
    await run(sinks, [FakeProvider(error=VendorUnavailable("down", retry_after=0.0), vendor="gemini", model="flash")])
    task = asyncio.create_task(run(sinks, [gpt(hang=True)]))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run(sinks, [gpt()], budgets=Budgets(run_usd=0.0000001))


async def test_the_monitor_counts_what_happened() -> None:
    monitor = Monitor()
    await everything_happens([monitor])
    found = monitor.figures("anna")
    assert (found.runs, found.verdicts, found.failed, found.stopped, found.refused, found.active) == (5, 2, 1, 1, 1, ())
    assert found.success_rate == pytest.approx(2 / 3)
    assert found.cost_usd == pytest.approx(2 * (1_000 * 2.5 + 100 * 10) / 1_000_000)
    assert found.unpriced == 1
    members = {member.name: member for member in found.members}
    mine = members["openai/gpt-4o"]
    assert (mine.requests, mine.succeeded, mine.cancelled, mine.input_tokens, mine.output_tokens) == (3, 2, 1, 2_000, 200)
    assert mine.success_rate == 1.0
    assert mine.p50_ms is not None
    other = members["gemini/flash"]
    assert (other.requests, other.failed, other.retries, other.success_rate, other.p50_ms, other.cost_usd) == (2, 2, 2, 0.0, None, None)
    assert {entry.error for entry in found.errors} == {"BudgetExceeded", "NotEnoughAnswers", "VendorUnavailable", "AuthenticationFailed"}
    assert sum(found.runs_series) == 5
    assert len(found.p95_series) == BUCKETS


async def test_a_run_under_way_is_seen_and_nobody_sees_anothers() -> None:
    monitor = Monitor()
    task = asyncio.create_task(run([monitor], [gpt(hang=True)]))
    await asyncio.sleep(0.02)
    assert [active.members for active in monitor.figures("anna").active] == [("openai/gpt-4o",)]
    assert monitor.figures("ben").active == ()
    assert len(monitor.figures(None).active) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert monitor.figures("anna").active == ()
    assert monitor.figures("ben").runs == 0


def call(number: int, **other: Any) -> CallEnded:
    given = {"member": "openai/m", "vendor": "openai", "model": "m", "status": CallStatus.SUCCESS, "began": 1_000.0 + number}
    return CallEnded(run_id=f"r{number}", owner="anna", **{**given, **other})


def test_percentiles_are_nearest_rank() -> None:
    values = [float(number) for number in range(1, 101)]
    random.Random(1).shuffle(values)
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([], 0.5) is None


def test_the_monitor_is_bounded_and_looks_back_as_far_as_asked() -> None:
    monitor = Monitor(clock=lambda: 1_000.0)
    for number in range(KEPT_CALLS + 100):
        monitor.call_ended(call(number % 50, latency_ms=10.0))
    for number in range(KEPT_RUNS + 100):
        monitor.run_ended(RunEnded(run_id=f"r{number}", owner="anna", began=1_000.0, latency_ms=0.0, outcome=Outcome.VERDICT))
    assert len(monitor.calls()) == KEPT_CALLS
    assert monitor.figures().runs == KEPT_RUNS
    later = Monitor(clock=lambda: 5_000.0)
    later.started = 0.0
    later.call_ended(call(0))
    later.call_ended(call(3_900))
    assert [member.requests for member in later.figures(seconds=200).members] == [1]
    assert len(later.calls(seconds=200)) == 1


def test_tokens_that_no_answer_told_are_not_counted_as_none_used() -> None:
    monitor = Monitor(clock=lambda: 1_002.0)
    monitor.started = 0.0
    monitor.call_ended(call(0, latency_ms=900.0))
    (silent,) = monitor.figures().members
    assert (silent.input_tokens, silent.tokens(silent.input_tokens)) == (None, "not reported")
    monitor.call_ended(call(0, latency_ms=900.0, input_tokens=1_000, output_tokens=5))
    (member,) = monitor.figures().members
    assert (member.tokens(member.input_tokens), member.output_tokens) == ("1,000", 5)


def test_cached_answers_are_hits_and_say_nothing_about_speed_or_tokens() -> None:
    monitor = Monitor(clock=lambda: 1_002.0)
    monitor.started = 0.0
    monitor.call_ended(call(0, latency_ms=900.0, input_tokens=10, output_tokens=5, cost_usd=0.1))
    monitor.call_ended(call(0, latency_ms=1.0, input_tokens=10, output_tokens=5, cost_usd=0.0, cached=True))
    (member,) = monitor.figures().members
    assert (member.requests, member.cache_hits, member.p50_ms, member.input_tokens, member.cost_usd) == (2, 1, 900.0, 10, 0.1)


# -- exports -------------------------------------------------------------------------------------------------------------


async def test_exports_hold_the_calls_and_never_whose_they_were() -> None:
    monitor = Monitor()
    await everything_happens([monitor])
    own, everyone = exports.calls_csv(monitor.calls(), own=True), exports.calls_csv(monitor.calls(), own=False)
    read = list(csv.DictReader(io.StringIO(own)))
    assert len(read) == len(monitor.calls()) == 6
    assert {row["status"] for row in read} == {"success", "error", "cancelled"}
    assert "was refused" in own
    assert "was refused" not in everyone
    whole = json.loads(exports.document(monitor.figures(), monitor.calls(), own=True))
    assert whole["runs"]["with_verdict"] == 2
    assert len(whole["calls"]) == 6
    report = exports.report(monitor.figures(), scope="My runs", own=True)
    assert "2 of 5 runs ended with a verdict, 1 without one, 1 were stopped, 1 were not sent" in report
    assert "gemini/flash failed 2 of 2 times" in report
    for text in (own, everyone, json.dumps(whole), report):
        assert not any(canary in text for canary in ("anna", PROMPT, "an answer canary"))


def test_no_cell_of_the_csv_is_a_formula_and_no_line_of_the_report_is_markup() -> None:
    hostile = call(0, status=CallStatus.ERROR, error="BadAnswer", message="=HYPERLINK(1)\n| x | <img src=x>", member="=cmd|'/c calc'!A1")
    text = exports.calls_csv([hostile], own=True)
    assert not any(cell.startswith("=") for row in csv.reader(io.StringIO(text)) for cell in row)
    monitor = Monitor(clock=lambda: 1_000.0)
    monitor.call_ended(hostile)
    report = exports.report(monitor.figures(), scope="My runs", own=True)
    assert "<img" not in report.replace("\\<", "")


# -- metrics -------------------------------------------------------------------------------------------------------------


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    found = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found[sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))] = sample.value
    return found


async def test_prometheus_reads_what_happened() -> None:
    metrics = Metrics(lambda: [BreakerGauge("openai", "gpt-4o", 0.0), BreakerGauge("openai", "gpt-4o", 1.0)])
    await everything_happens([metrics])
    found = samples(metrics)
    assert found["omni_runs_total", "outcome=verdict"] == 2
    assert found["omni_runs_total", "outcome=refused"] == 1
    assert found["omni_runs_active",] == 0
    assert found["omni_calls_total", "model=gpt-4o", "status=success", "vendor=openai"] == 2
    assert found["omni_call_errors_total", "error=VendorUnavailable", "vendor=gemini"] == 1
    assert found["omni_tokens_total", "direction=input", "model=gpt-4o", "vendor=openai"] == 2_000
    assert found["omni_cost_usd_total", "model=gpt-4o", "vendor=openai"] == pytest.approx(0.007)
    assert found["omni_breaker_state", "model=gpt-4o", "vendor=openai"] == 1.0, "the worst of all keys"
    assert not any(canary in metrics.text().decode() for canary in ("anna", KEY, PROMPT, "an answer canary"))


def test_names_typed_by_users_add_no_series_without_end() -> None:
    metrics = Metrics()
    for number in range(1_000):
        metrics.call_ended(call(number, model=f'model {number}\n{{evil="1"}}', latency_ms=1.0))
    calls = [key for key in samples(metrics) if key[0] == "omni_calls_total"]
    assert len(calls) == MOST_MODELS + 1
    assert samples(metrics)["omni_calls_total", "model=other", "status=success", "vendor=other"] == 1_000 - MOST_MODELS


# -- spans ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """An OTLP receiver over HTTP: its address, and the path, headers and body of each request."""
    received: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


def value(attribute: Any) -> Any:
    return getattr(attribute.value, attribute.value.WhichOneof("value"))


async def test_a_receiver_gets_each_run_with_its_calls_by_the_conventions(receiver: Any) -> None:
    address, received = receiver
    spans = over_http(address, "authorization=Bearer abc,x-tenant=t", "my-service")
    await everything_happens([spans])
    assert await asyncio.to_thread(spans.flush)
    spans.close()
    assert {path for path, _, _ in received} == {"/v1/traces"}
    assert received[0][1]["authorization"] == "Bearer abc"
    sent: list[Any] = []
    for _, headers, body in received:
        assert headers["content-type"] == "application/x-protobuf"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            assert {item.key: value(item) for item in resource.resource.attributes}["service.name"] == "my-service"
            sent += [span for scope in resource.scope_spans for span in scope.spans]
    runs = [span for span in sent if not span.parent_span_id]
    calls = [span for span in sent if span.parent_span_id]
    assert len(runs) == 5
    assert len(calls) == 6
    assert {span.name for span in calls} == {"chat gpt-4o", "chat secret", "chat flash"}
    by_id = {span.span_id: span for span in runs}
    for span in calls:
        parent = by_id[span.parent_span_id]
        assert span.trace_id == parent.trace_id
        assert parent.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
    good = {item.key: value(item) for item in next(span for span in calls if span.name == "chat gpt-4o").attributes}
    assert good["gen_ai.operation.name"] == "chat"
    assert good["gen_ai.provider.name"] == "openai"
    assert good["gen_ai.request.model"] == good["gen_ai.response.model"] == "gpt-4o"
    assert (good["gen_ai.usage.input_tokens"], good["gen_ai.usage.output_tokens"]) == (1_000, 100)
    failed = next(span for span in calls if span.name == "chat flash")
    assert {item.key: value(item) for item in failed.attributes}["error.type"] in ("AuthenticationFailed", "VendorUnavailable")
    assert failed.status.code == 2
    assert {item.key: value(item) for item in failed.attributes}["gen_ai.provider.name"] == "gcp.gemini"
    whole = b"".join(body for _, _, body in received)
    assert not any(canary.encode() in whole for canary in ("anna", KEY, PROMPT, "an answer canary"))


async def test_a_receiver_that_is_gone_costs_no_run() -> None:
    spans, monitor = over_http("http://127.0.0.1:1"), Monitor()
    await run([spans, monitor], [gpt()])
    assert monitor.figures().verdicts == 1
    spans._provider.shutdown()


async def test_a_sink_that_fails_costs_no_run_and_the_others_still_count() -> None:
    class Broken:
        def run_began(self, _: object) -> None:
            raise RuntimeError("sink")

        call_ended = run_ended = run_began

    monitor = Monitor()
    await run([Broken(), monitor], [gpt()])
    assert monitor.figures().verdicts == 1
