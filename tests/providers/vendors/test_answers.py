"""What every vendor does when all is well, through its real SDK against a local server that speaks its protocol."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

import pytest

from providers import vendors
from providers.base import CallOptions, Delta, FinishReason, Prompt, Provider, Usage
from providers.errors import AuthenticationFailed, ConnectionFailed, ContentRefused, ModelNotFound, ProviderError, VendorTimeout
from tests.support.vendors.cases import PROMPT, PROTOCOLS, ask, stage
from tests.support.vendors.protocol import Protocol, Script
from tests.support.vendors.server import Exchange

VENDORS = tuple(PROTOCOLS)
each_vendor = pytest.mark.parametrize("vendor", VENDORS)
each_mode = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@each_vendor
@each_mode
async def test_answer_has_text_usage_finish_and_logprobs(vendor: str, stream: bool, tmp_path: Path) -> None:
    """The answer is the vendor's text, with the tokens it counted and the mean of the log-probabilities it gave."""
    async with stage(vendor, tmp_path) as at:
        answer, pieces = await ask(at.provider, stream=stream, logprobs=True, temperature=0.2, max_tokens=99, seed=7)
        assert answer.text == at.protocol.script.text
        assert answer.finish_reason is FinishReason.STOP
        assert answer.usage == Usage(11, 3)
        assert answer.mean_logprob == pytest.approx(-0.25)
        assert answer.model == "model-a"
        assert answer.latency_ms > 0
        assert (answer.first_token_ms is not None) is stream
        if stream:
            assert "".join(piece.text for piece in pieces) == answer.text
            assert len([piece for piece in pieces if piece.text]) == len(at.protocol.script.tokens)
            assert sum(len(piece.logprobs) for piece in pieces) == 3
            assert answer.first_token_ms is not None
            assert 0 < answer.first_token_ms <= answer.latency_ms


@each_vendor
@each_mode
async def test_request_carries_prompt_and_parameters(vendor: str, stream: bool, tmp_path: Path) -> None:
    """System, prompt, model and parameters arrive where the vendor looks for them, in one request."""
    async with stage(vendor, tmp_path) as at:
        await ask(at.provider, stream=stream, temperature=0.25, max_tokens=99, seed=7)
        (request,) = [entry for entry in at.server.requests if at.protocol.generates(entry)]
        assert at.protocol.streams(request) is stream
        body = request.json
        if vendor == "gemini":
            assert request.path.startswith("/v1beta/models/model-a:")
            assert body["systemInstruction"]["parts"][0]["text"] == PROMPT.system
            assert body["contents"][0]["parts"][0]["text"] == PROMPT.text
            assert body["generationConfig"] == {"temperature": 0.25, "maxOutputTokens": 99, "seed": 7}
            return
        assert [message["role"] for message in body["messages"]] == ["system", "user"]
        assert [message["content"] for message in body["messages"]] == [PROMPT.system, PROMPT.text]
        parameters = body["options"] if vendor == "ollama" else body
        limit = {"openai": "max_tokens", "ollama": "num_predict", "watsonx": "max_completion_tokens"}[vendor]
        assert (parameters["temperature"], parameters["seed"], parameters[limit]) == (0.25, 7, 99)


@each_vendor
@each_mode
async def test_answer_is_the_same_text_for_every_kind_of_character(vendor: str, stream: bool, tmp_path: Path) -> None:
    """Quotes, line ends, emoji and other alphabets arrive unchanged."""
    async with stage(vendor, tmp_path) as at:
        at.protocol.script = Script(tokens=('ENV A="b\\n"\n', "\ttab\n", "naïve 日本語 🐳\n", "```"))
        answer, _ = await ask(at.provider, stream=stream)
        assert answer.text == at.protocol.script.text


@each_vendor
async def test_models_are_listed_live(vendor: str, tmp_path: Path) -> None:
    """The model list is what the vendor offers now, sorted."""
    async with stage(vendor, tmp_path) as at:
        at.protocol.models = ("model-b", "model-a")
        assert await at.provider.models() == ("model-a", "model-b")


@each_vendor
async def test_retired_model_names_the_others(vendor: str, tmp_path: Path) -> None:
    """A model that is gone becomes an error that lists what is offered instead."""

    async def gone(protocol: Protocol, exchange: Exchange) -> None:
        await protocol.fail(exchange, 404, "model", "no such model")

    async with stage(vendor, tmp_path, model="model-z") as at:
        at.protocol.fault = gone
        with pytest.raises(ModelNotFound) as caught:
            await ask(at.provider, stream=True)
        assert caught.value.available == ("model-a", "model-b")
        assert "model-z is not offered any more; available: model-a, model-b" in caught.value.message


@each_vendor
async def test_missing_key_names_the_variable_and_calls_nobody(vendor: str) -> None:
    """Without what it needs a provider says which variable is missing, at no network call."""
    provider = vendors.make(vendor)
    with pytest.raises(AuthenticationFailed) as caught:
        await ask(provider, stream=False)
    assert vendors.find(vendor).key_variables[0] in caught.value.message
    assert "Settings page" in caught.value.message


@each_vendor
async def test_cancelling_closes_the_connection(vendor: str, tmp_path: Path) -> None:
    """A cancelled call ends at once and its connection is closed, so that the vendor stops too."""
    closed = asyncio.Event()
    streaming = asyncio.Event()

    async def endless(protocol: Protocol, exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
        try:
            while True:
                await exchange.chunk(protocol.events(exchange.request)[1])
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    async def keep(delta: Delta) -> None:
        streaming.set()

    async with stage(vendor, tmp_path) as at:
        at.protocol.fault = endless
        task = asyncio.create_task(at.provider.complete(PROMPT, CallOptions(), keep))
        await asyncio.wait_for(streaming.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(closed.wait(), 10)


@each_vendor
async def test_slow_consumer_holds_the_stream_back_and_counts_towards_the_deadline(vendor: str, tmp_path: Path) -> None:
    """Each piece is awaited; a consumer that never returns is cut off at the deadline like a vendor that hangs."""

    async def never(delta: Delta) -> None:
        await asyncio.sleep(60)

    async with stage(vendor, tmp_path) as at:
        await ask(at.provider, stream=False)
        with pytest.raises(VendorTimeout):
            await at.provider.complete(PROMPT, CallOptions(deadline=time.monotonic() + 0.3), never)


@each_vendor
async def test_consumer_error_passes_unchanged(vendor: str, tmp_path: Path) -> None:
    """An error of the consumer is not the vendor's and is not disguised as one."""

    async def broken(delta: Delta) -> None:
        raise LookupError("the page is gone")

    async with stage(vendor, tmp_path) as at:
        with pytest.raises(LookupError, match="the page is gone"):
            await at.provider.complete(PROMPT, CallOptions(), broken)


@each_vendor
async def test_concurrent_calls_share_one_client(vendor: str, tmp_path: Path) -> None:
    """Twenty calls at once on one provider all get their answer."""
    async with stage(vendor, tmp_path) as at:
        answers = await asyncio.gather(*(ask(at.provider, stream=index % 2 == 0) for index in range(20)))
        assert {answer.text for answer, _ in answers} == {at.protocol.script.text}
        assert at.server.hits("identity") == (1 if vendor == "watsonx" else 0)


@each_vendor
async def test_client_is_closed_twice_and_opened_again(vendor: str, tmp_path: Path) -> None:
    """Closing is safe at any time, and a provider can be used after it."""
    async with stage(vendor, tmp_path) as at:
        await at.provider.aclose()
        await ask(at.provider, stream=True)
        await at.provider.aclose()
        await at.provider.aclose()
        answer, _ = await ask(at.provider, stream=False)
        assert answer.text == at.protocol.script.text


@each_vendor
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # what the first loop left open is closed by nobody
def test_provider_moves_to_another_event_loop(vendor: str, tmp_path: Path) -> None:
    """A provider whose event loop ended opens a new client in the next one, as scripts need that call `asyncio.run` twice."""

    async def left_open() -> Provider:
        async with stage(vendor, tmp_path) as at:
            await ask(at.provider, stream=True)
            at.provider.aclose = _nothing  # type: ignore[method-assign]
            return at.provider

    async def again(provider: Provider) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await ask(provider, stream=True)
        return caught.value

    # its server is gone by then: the proof is that the network says so, not a loop that was closed
    assert isinstance(asyncio.run(again(asyncio.run(left_open()))), ConnectionFailed)
    gc.collect()


async def _nothing() -> None:
    return None


@each_vendor
async def test_client_errors_are_never_repeated(vendor: str, tmp_path: Path) -> None:
    """Whatever 4xx a vendor answers, exactly one request reached it."""
    async with stage(vendor, tmp_path) as at:
        for status in (400, 401, 402, 403, 405, 409, 413, 415, 418, 422, 424, 429, 431, 451):
            for stream in (True, False):

                async def fail(protocol: Protocol, exchange: Exchange, status: int = status) -> None:
                    await protocol.fail(exchange, status, "bad_request", "no", {"Retry-After": "1"})

                at.protocol.fault = fail
                at.server.requests.clear()
                with pytest.raises(Exception) as caught:
                    await ask(at.provider, stream=stream)
                assert len([entry for entry in at.server.requests if at.protocol.generates(entry)]) == 1, status
                assert caught.value.status == status  # type: ignore[attr-defined]


async def test_gemini_blocked_prompt_is_a_refusal(tmp_path: Path) -> None:
    """A prompt that Gemini blocks has no candidate at all, only the reason."""

    async def blocked(protocol: Protocol, exchange: Exchange) -> None:
        body = b'{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 5}}'
        await exchange.send(200, {"Content-Type": "application/json"}, body)

    async with stage("gemini", tmp_path) as at:
        at.protocol.fault = blocked
        with pytest.raises(ContentRefused, match="PROHIBITED_CONTENT"):
            await ask(at.provider, stream=False)


async def test_ollama_window_grows_with_the_prompt(tmp_path: Path) -> None:
    """A long prompt asks for a window it fits in, since Ollama drops what does not fit without a word."""
    async with stage("ollama", tmp_path) as at:
        await ask(at.provider, stream=False)
        await at.provider.complete(Prompt(text="x" * 40_000), CallOptions())
        short, long = (entry.json["options"] for entry in at.server.requests)
        assert "num_ctx" not in short
        assert long["num_ctx"] == 16384
