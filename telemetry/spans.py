"""The same as OpenTelemetry spans, a run with its calls below it, by the conventions for generative AI; without prompts or answers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from telemetry.events import CallEnded, CallStatus, Outcome, RunBegan, RunEnded

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.util.types import AttributeValue

PROVIDERS: Mapping[str, str] = MappingProxyType({"openai": "openai", "gemini": "gcp.gemini", "watsonx": "ibm.watsonx.ai"})
"""Vendor id -> `gen_ai.provider.name` of the conventions; a vendor they do not know goes by its id."""
EXPORT_SECONDS = 5.0
SHUTDOWN_MS = 2_000
TRACES_PATH = "/v1/traces"


class Spans:
    """A sink that sends each run when it has ended, from a thread of the SDK; a receiver that is gone costs spans and nothing else."""

    def __init__(self, exporter: SpanExporter, service_name: str = "omni-architect"):
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": service_name}), shutdown_on_exit=False)
        self._processor = BatchSpanProcessor(exporter)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("omni-architect")

    def run_began(self, run: RunBegan) -> None:
        """Wait for the end: a span is sent whole."""

    def call_ended(self, call: CallEnded) -> None:
        """Wait for the end of the run, which holds its calls."""

    def run_ended(self, run: RunEnded) -> None:
        """Make the spans of a run."""
        from opentelemetry.trace import SpanKind, set_span_in_context

        begun = _ns(run.began)
        whole = self._tracer.start_span("invoke_workflow ensemble", kind=SpanKind.INTERNAL, start_time=begun, attributes=_of_run(run))
        if run.outcome is not Outcome.VERDICT:
            _failed(whole, run.message)
        context = set_span_in_context(whole)
        for call in run.calls:
            if call.status is CallStatus.SKIPPED:
                continue
            span = self._tracer.start_span(
                f"chat {call.model}", context, kind=SpanKind.CLIENT, start_time=_ns(call.began), attributes=_of_call(call)
            )
            if call.status is not CallStatus.SUCCESS:
                _failed(span, call.message)
            span.end(_ns(call.began + (call.latency_ms or 0.0) / 1000))
        whole.end(_ns(run.began + run.latency_ms / 1000))

    def flush(self, timeout_ms: int = SHUTDOWN_MS) -> bool:
        """Send what waits."""
        return self._provider.force_flush(timeout_ms)

    def close(self) -> None:
        """Send what waits and stop."""
        self._provider.shutdown()


def over_http(endpoint: str, headers: str = "", service_name: str = "omni-architect") -> Spans:
    """Return spans that go to an OTLP receiver over HTTP; `headers` are `name=value` pairs, comma separated."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.util.re import parse_env_headers

    address = endpoint.rstrip("/")
    exporter = OTLPSpanExporter(
        endpoint=address if address.endswith(TRACES_PATH) else address + TRACES_PATH,
        headers=parse_env_headers(headers, liberal=True),
        timeout=EXPORT_SECONDS,
    )
    return Spans(exporter, service_name)


def _of_run(run: RunEnded) -> dict[str, AttributeValue]:
    return _known(
        {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": "ensemble",
            "omni.run.id": run.run_id,
            "omni.run.outcome": run.outcome.value,
            "omni.strategy": run.strategy,
            "omni.execution": run.execution,
            "omni.members": run.members,
            "omni.agreement": run.agreement,
            "omni.cost_usd": run.cost_usd,
            "error.type": run.error,
        }
    )


def _of_call(call: CallEnded) -> dict[str, AttributeValue]:
    first = None if call.first_token_ms is None else call.first_token_ms / 1000
    return _known(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDERS.get(call.vendor, call.vendor),
            "gen_ai.request.model": call.model,
            "gen_ai.response.model": call.answered_as,
            "gen_ai.response.time_to_first_chunk": first,
            "gen_ai.usage.input_tokens": call.input_tokens,
            "gen_ai.usage.output_tokens": call.output_tokens,
            "error.type": call.error,
            "omni.member": call.member,
            "omni.attempts": call.attempts,
            "omni.cached": call.cached,
            "omni.cost_usd": call.cost_usd,
        }
    )


def _known(values: Mapping[str, AttributeValue | None]) -> dict[str, AttributeValue]:
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _failed(span: object, message: str) -> None:
    from opentelemetry.trace import Span, Status, StatusCode

    if isinstance(span, Span):
        span.set_status(Status(StatusCode.ERROR, message[:300]))


def _ns(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
