"""The interface of SPEC §4 as written, over HTTP: real SDKs against local servers that speak the vendors' protocols."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from providers import EnsembleProvider, events
from providers.records import Status
from tests.support.ensembles import SETTINGS
from tests.support.vendors.gemini import GeminiProtocol
from tests.support.vendors.ollama import OllamaProtocol
from tests.support.vendors.openai import OpenAIProtocol
from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange, FakeServer

KEY = "sk-canary-8f2a91c04d77"
NAMES = {OpenAIProtocol: "OpenAI (GPT-4)", GeminiProtocol: "Google (Gemini)", OllamaProtocol: "Local (Ollama)"}


@contextlib.asynccontextmanager
async def vendors(*kinds: type[Protocol], **options: object) -> AsyncIterator[tuple[EnsembleProvider, list[Protocol], list[FakeServer]]]:
    """Start a fake of each kind and make an ensemble of them, as a user would write it."""
    async with contextlib.AsyncExitStack() as stack:
        protocols = [kind(key=KEY) for kind in kinds]
        servers = [await stack.enter_async_context(FakeServer(protocol.handle).running()) for protocol in protocols]
        members = [
            {
                "name": NAMES[kind],
                "model": "model-a",
                "config": {"api_key": KEY, "base_url": server.url + ("/v1" if kind is OpenAIProtocol else "")},
            }
            for kind, server in zip(kinds, servers, strict=True)
        ]
        group = EnsembleProvider(providers=members, settings=SETTINGS, **options)  # type: ignore[arg-type]
        async with group:
            yield group, protocols, servers


async def test_three_vendors_answer_together() -> None:
    async with vendors(OpenAIProtocol, GeminiProtocol, OllamaProtocol, strategy="best_of_n", weights=[0.5, 0.3, 0.2]) as (
        group,
        protocols,
        _,
    ):
        result = await group.generate_with_metadata("Which base image?")
    assert result["response"] == protocols[0].script.text
    assert result["consensus"] == 1.0
    assert result["providers_used"] == list(NAMES.values())
    assert [entry["input_tokens"] for entry in result["individual_responses"]] == [11, 11, 11]
    assert [entry["weight"] for entry in result["individual_responses"]] == [0.5, 0.3, 0.2]
    local = result["cost_breakdown"]["ollama/model-a"]
    assert (local["cost_usd"], local["basis"]) == (0.0, "local")
    assert result["cost_breakdown"]["openai/model-a"]["cost_usd"] is None


async def test_weights_stay_and_no_key_is_told_when_a_vendor_refuses_the_key() -> None:
    async def refuse(protocol: Protocol, exchange: Exchange) -> None:
        await protocol.fail(exchange, 401, "key", f"Incorrect API key provided: {KEY}.")

    async with vendors(OpenAIProtocol, GeminiProtocol, weights=[0.9, 0.1], min_responses=1) as (group, protocols, servers):
        protocols[0].fault = refuse
        result = await group.generate_with_metadata("?")
        assert servers[0].hits("chat") == 1, "a refused key is not tried again"
    assert result["failures"][0]["class"] == "AuthenticationFailed"
    assert [entry["weight"] for entry in result["individual_responses"]] == [0.9, 0.1]
    assert KEY not in repr(result)


async def test_a_fault_is_retried_by_our_loop_alone() -> None:
    async def fault(protocol: Protocol, exchange: Exchange) -> None:
        await protocol.fail(exchange, 500, "server", "The server had an error.")

    async with vendors(OpenAIProtocol, OllamaProtocol, min_responses=1) as (group, protocols, servers):
        protocols[0].fault = fault
        result = await group.generate_with_metadata("?")
        assert servers[0].hits("chat") == 3
    assert result["individual_responses"][0]["attempts"] == 3
    assert result["failures"][0]["class"] == "VendorUnavailable"


async def test_a_drip_is_cut_and_the_other_answer_comes_back() -> None:
    async def drip(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": "application/json"}, length=100_000)
        with contextlib.suppress(ConnectionError):
            while True:
                exchange.writer.write(b" ")
                await exchange.writer.drain()
                await asyncio.sleep(0.02)

    async with vendors(OpenAIProtocol, OllamaProtocol, timeout=1.0, min_responses=1) as (group, protocols, _):
        await group.generate("warm up")
        protocols[0].fault = drip
        started = time.monotonic()
        result = await group.generate_with_metadata("?")
        assert time.monotonic() - started < 4  # 1.5 s on an idle machine
    assert result["failures"][0]["class"] == "VendorTimeout"
    assert result["response"]


async def test_leaving_the_stream_closes_the_connection_at_the_vendor() -> None:
    gone = asyncio.Event()

    async def endless(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
        try:
            for event in protocol.events(exchange.request)[:2]:
                await exchange.chunk(event)
            while True:
                await exchange.chunk(b": still here\n\n")
                await asyncio.sleep(0.01)
        except ConnectionError:
            gone.set()
            raise

    async with vendors(OpenAIProtocol) as (group, protocols, _):
        protocols[0].fault = endless
        async for event in group.stream("?"):
            if isinstance(event, events.MemberDelta):
                break
        await asyncio.wait_for(gone.wait(), timeout=5)


async def test_the_loser_of_a_hedge_is_closed_at_its_vendor() -> None:
    gone = asyncio.Event()

    async def silent(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
        try:
            while True:
                await exchange.chunk(b": still thinking\n\n")
                await asyncio.sleep(0.01)
        except ConnectionError:
            gone.set()
            raise

    async with vendors(OpenAIProtocol, OllamaProtocol, execution="hedged", hedge_delay_ms=50) as (group, protocols, _):
        for _ in range(2):  # opens the first vendor's client; where that took longer than the delay, the second's as well
            await group.generate("warm up")
        protocols[0].fault = silent
        told = [event async for event in group.stream("?")]
        await asyncio.wait_for(gone.wait(), timeout=5)
    finished = told[-1]
    assert isinstance(finished, events.RunFinished)
    assert [candidate.status for candidate in finished.verdict.candidates] == [Status.CANCELLED, Status.SUCCESS]


async def test_members_stream_side_by_side() -> None:
    async with vendors(OpenAIProtocol, GeminiProtocol, OllamaProtocol) as (group, protocols, _):
        texts: dict[str, str] = {}
        async for event in group.stream("?"):
            if isinstance(event, events.MemberDelta):
                texts[event.member] = texts.get(event.member, "") + event.text
            elif isinstance(event, events.RunFinished):
                assert all(candidate.first_token_ms is not None for candidate in event.verdict.candidates)
    assert set(texts.values()) == {protocols[0].script.text}
    assert len(texts) == 3


async def test_a_stream_that_breaks_is_taken_over_by_the_fallback() -> None:
    async def breaking(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
        for event in protocol.events(exchange.request)[:2]:
            await exchange.chunk(event)
        exchange.writer.transport.abort()

    first, second = OpenAIProtocol(key=KEY), OllamaProtocol(key=KEY)
    async with FakeServer(first.handle).running() as one, FakeServer(second.handle).running() as other:
        spare = {"name": "ollama", "model": "model-a", "config": {"api_key": KEY, "base_url": other.url}}
        config = {"api_key": KEY, "base_url": f"{one.url}/v1"}
        member = {"name": "openai", "model": "model-a", "config": config, "fallback": spare}
        async with EnsembleProvider([member], settings=SETTINGS) as group:
            first.fault = breaking
            result = await group.generate_with_metadata("?")
    assert result["response"] == second.script.text
    assert [entry["status"] for entry in result["individual_responses"]] == ["error", "success"]
    assert result["individual_responses"][1]["stands_in_for"] == "openai/model-a"
