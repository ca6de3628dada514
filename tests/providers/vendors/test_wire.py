"""What goes over the wire and what may come back: headers, environment, redirects, sizes, encodings, errors inside streams."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from config import Settings
from providers import vendors
from providers.errors import (
    AuthenticationFailed,
    BadAnswer,
    ConnectionFailed,
    InvalidRequest,
    ModelNotFound,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    VendorTimeout,
    VendorUnavailable,
)
from tests.support.vendors import faults
from tests.support.vendors.authority import make_authority
from tests.support.vendors.cases import PROTOCOLS, ask, assert_safe, stage
from tests.support.vendors.faults import CANARY
from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange, FakeServer
from tests.support.vendors.watsonx import access_token

each_vendor = pytest.mark.parametrize("vendor", tuple(PROTOCOLS))
each_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
BASE_URLS = ("OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "OLLAMA_HOST", "RUNTIME_ENV_APSX_URL")
FOREIGN = "foreign-secret-123456"


@each_vendor
@each_mode
async def test_environment_adds_nothing_to_a_call(vendor: str, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SDKs read variables of their own; none of them changes where a call goes or what it carries, and no proxy is used."""
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "GOOGLE_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, FOREIGN)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Team: {FOREIGN}\nAuthorization: Bearer {FOREIGN}")
    monkeypatch.setenv("USER_ACCESS_TOKEN", access_token() + FOREIGN)
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    for name in (
        "OPENAI_BASE_URL",
        "GOOGLE_GEMINI_BASE_URL",
        "OLLAMA_HOST",
        "RUNTIME_ENV_APSX_URL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    monkeypatch.setenv("WX_CLIENT_VERIFY_REQUESTS", "false")
    async with stage(vendor, tmp_path) as at:
        answer, _ = await ask(at.provider, stream=stream)
        assert answer.text == at.protocol.script.text
        for request in at.server.requests:
            assert FOREIGN not in str(request)


@each_vendor
async def test_key_travels_in_its_header_alone(vendor: str, tmp_path: Path) -> None:
    """The key is in no URL; watsonx's goes to the token service only."""
    async with stage(vendor, tmp_path) as at:
        await ask(at.provider, stream=False)
        for request in at.server.requests:
            assert CANARY not in request.path + request.query
            carriers = [name for name, value in request.headers.items() if CANARY in value]
            if vendor == "watsonx":
                assert carriers == []
                assert (CANARY in request.body.decode()) == (request.path == "/identity/token")
            else:
                assert carriers == ["x-goog-api-key" if vendor == "gemini" else "authorization"]


@each_vendor
@each_mode
async def test_fifty_megabytes_cost_less_than_twenty(vendor: str, stream: bool, tmp_path: Path) -> None:
    """An oversized answer is cut off while it comes in, not after it was held."""
    async with stage(vendor, tmp_path) as at:
        await ask(at.provider, stream=stream)
        at.protocol.fault = faults.oversized
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            with pytest.raises(BadAnswer, match="2 MiB"):
                await ask(at.provider, stream=stream)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak - before < 20 * 1024 * 1024


@each_vendor
@each_mode
async def test_endless_event_is_cut_off(vendor: str, stream: bool, tmp_path: Path) -> None:
    """A stream whose one event never ends is held no longer than a whole answer may be."""

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": protocol.stream_type if stream else protocol.media_type}, chunked=True)
        for _ in range(20 * 16):
            await exchange.chunk(b"data: " + b"x" * 65530 + b"\n" if stream and vendor != "ollama" else b"x" * 65536)
        await exchange.end()

    async with stage(vendor, tmp_path) as at:
        at.protocol.fault = act
        with pytest.raises(BadAnswer):
            await ask(at.provider, stream=stream)


@each_vendor
@each_mode
async def test_compressed_answer_is_refused(vendor: str, stream: bool, tmp_path: Path) -> None:
    """Compression that nobody asked for could hide a bomb."""

    async def bomb(protocol: Protocol, exchange: Exchange) -> None:
        body = gzip.compress(b" " * 10_000_000)
        await exchange.send(200, {"Content-Type": protocol.media_type, "Content-Encoding": "gzip"}, body)

    async with stage(vendor, tmp_path) as at:
        at.protocol.fault = bomb
        with pytest.raises(BadAnswer, match="compressed"):
            await ask(at.provider, stream=stream)


@each_vendor
@each_mode
@pytest.mark.parametrize(("kind", "named"), [("text/plain", "text/plain"), ("application/octet-stream", "octet-stream")])
async def test_wrong_content_type_is_named(vendor: str, stream: bool, kind: str, named: str, tmp_path: Path) -> None:
    """An answer that says it is no JSON is not read as JSON."""

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.send(200, {"Content-Type": kind}, protocol.body(exchange.request))

    async with stage(vendor, tmp_path) as at:
        at.protocol.fault = act
        with pytest.raises(BadAnswer, match=named):
            await ask(at.provider, stream=stream)


@each_vendor
@each_mode
@pytest.mark.parametrize(("status", "expected"), [(408, VendorUnavailable), (504, VendorUnavailable), (402, QuotaExceeded)])
async def test_further_statuses(vendor: str, stream: bool, status: int, expected: type[ProviderError], tmp_path: Path) -> None:
    """A vendor's own time-out and its gateway's can be tried again; an unpaid bill cannot."""
    async with stage(vendor, tmp_path) as at:
        at.protocol.fault = faults.refused(status, "server", "Sorry.")
        with pytest.raises(expected) as caught:
            await ask(at.provider, stream=stream)
        assert_safe(caught.value)


@each_vendor
async def test_nobody_listening(vendor: str, tmp_path: Path) -> None:
    """A server that is not there is named as such."""
    async with stage(vendor, tmp_path) as at:
        provider = at.provider
    with pytest.raises(ConnectionFailed, match="could not be reached") as caught:
        await ask(provider, stream=True)
    assert_safe(caught.value)
    await provider.aclose()


@each_vendor
async def test_certificate_of_a_stranger(vendor: str, tmp_path: Path) -> None:
    """A server whose certificate nobody vouches for gets no request at all."""
    protocol = PROTOCOLS[vendor](key=CANARY)
    async with FakeServer(protocol.handle, tls=make_authority(tmp_path).server).running() as server:
        config: dict[str, object] = {"api_key": CANARY, "base_url": server.url}
        if vendor == "watsonx":
            config |= {"project_id": "p", "auth_url": server.url + "/identity/token"}
        provider = vendors.make(vendor, model="m", config=config, settings=Settings(_env_file=None))  # type: ignore[call-arg]
        with pytest.raises(ConnectionFailed, match="certificate") as caught:
            await ask(provider, stream=False)
        assert_safe(caught.value)
        assert server.requests == []
        await provider.aclose()


@pytest.mark.parametrize(
    ("vendor", "event", "expected"),
    [
        ("openai", b'data: {"error": {"message": "Overloaded", "type": "server_error", "code": null}}\n\n', VendorUnavailable),
        ("openai", b'data: {"error": {"message": "Rate limit reached", "type": "tokens", "code": "rate_limit_exceeded"}}\n\n', RateLimited),
        ("gemini", b'data: {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}\r\n\r\n', VendorUnavailable),
        (
            "watsonx",
            b'id: 2\nevent: error\ndata: {"errors": [{"code": "x", "message": "."}], "status_code": 500}\n\n',
            VendorUnavailable,
        ),
        ("ollama", b'{"error": "an error was encountered while running the model"}\n', VendorUnavailable),
    ],
)
async def test_error_inside_a_stream(vendor: str, event: bytes, expected: type[ProviderError], tmp_path: Path) -> None:
    """An error that a vendor sends after it began to answer is an error, and what came before is not an answer."""

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
        await exchange.chunk(protocol.events(exchange.request)[0])
        await exchange.chunk(event.replace(b'"message": "', b'"message": "' + CANARY.encode() + b" "))
        await exchange.end()

    async with stage(vendor, tmp_path) as at:
        at.protocol.fault = act
        with pytest.raises(ProviderError) as caught:
            await ask(at.provider, stream=True)
        assert type(caught.value) is expected
        assert_safe(caught.value)


async def test_watsonx_wrong_key_is_refused_by_the_token_service(tmp_path: Path) -> None:
    """The token service answers 400 to a wrong key; that is a refused key, not a bad request."""
    async with stage("watsonx", tmp_path) as at:
        at.protocol.key = "another-key"
        with pytest.raises(AuthenticationFailed) as caught:
            await ask(at.provider, stream=False)
        assert_safe(caught.value)
        assert at.server.hits("/ml/v1") == 0
        assert at.server.hits("/identity/token") == 1


async def test_watsonx_token_service_that_hangs_is_left_at_the_deadline(tmp_path: Path) -> None:
    """The SDK's blocking token call is bounded too, and closing the provider frees its thread."""
    async with stage("watsonx", tmp_path) as at:
        await ask(at.provider, stream=False)
        await at.provider.aclose()
        normal = at.protocol.other

        async def hang(exchange: Exchange) -> None:
            await faults.stall(at.protocol, exchange)

        at.protocol.other = hang  # type: ignore[method-assign]
        with pytest.raises(VendorTimeout):
            await ask(at.provider, stream=False, deadline_s=0.3)
        await at.provider.aclose()
        at.protocol.other = normal  # type: ignore[method-assign]
        answer, _ = await ask(at.provider, stream=False)
        assert answer.text


async def test_gemini_rate_per_minute_is_not_a_used_up_quota(tmp_path: Path) -> None:
    """Gemini speaks of quota and billing for both; the time to wait and the name of the quota tell them apart."""
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17.5s"}
    metric = {"quotaId": "GenerateContentInputTokensPerModelPerMinute-FreeTier"}
    details = [{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [metric]}, retry]
    message = "You exceeded your current quota, please check your plan and billing details."

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        error = {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED", "details": details}
        await exchange.send(429, {"Content-Type": "application/json"}, json.dumps({"error": error}).encode())

    async with stage("gemini", tmp_path) as at:
        at.protocol.fault = act
        with pytest.raises(RateLimited) as caught:
            await ask(at.provider, stream=True)
        assert caught.value.retry_after == 17.5
        metric["quotaId"] = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
        with pytest.raises(QuotaExceeded):
            await ask(at.provider, stream=True)


async def test_wrong_path_is_not_sold_as_a_retired_model(tmp_path: Path) -> None:
    """A 404 that does not speak of a model may come from a wrong base URL, and says so."""
    async with stage("openai", tmp_path) as at:
        config = {"api_key": CANARY, "base_url": at.server.url + "/wrong"}
        provider = vendors.make("openai", model="m", config=config)
        with pytest.raises(ModelNotFound, match="or the base URL is wrong"):
            await ask(provider, stream=False)
        with pytest.raises(InvalidRequest, match="no model list"):
            await provider.models()
        assert (await vendors.probe(provider)).ready
        await provider.aclose()
