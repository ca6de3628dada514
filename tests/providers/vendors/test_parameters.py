"""Parameters that a model or a compatible server does not take: left out once it says so, and remembered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers import vendors
from providers.base import CallOptions, Prompt
from providers.errors import InvalidRequest
from tests.support.vendors.cases import ask, stage
from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange, Request

Sent = list[dict[str, Any]]


def picky(sent: Sent, complaint: Callable[[Request], dict[str, Any] | None], status: int = 400) -> Callable[..., Any]:
    """Answer with the vendor's complaint about the request, or normally when there is none."""

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        sent.append(exchange.request.json)
        error = complaint(exchange.request)
        if error is None:
            await protocol.answer(exchange)
        else:
            await exchange.send(status, {"Content-Type": "application/json"}, json.dumps({"error": error}).encode())

    return act


def unsupported(name: str) -> dict[str, Any]:
    message = f"Unsupported value: '{name}' is not supported with this model."
    return {"message": message, "type": "invalid_request_error", "param": name, "code": "unsupported_value"}


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_openai_leaves_out_what_the_model_rejects(stream: bool, tmp_path: Path) -> None:
    """Two rejected parameters cost one call more each, once; the next call leaves both out from the start."""

    def complaint(request: Request) -> dict[str, Any] | None:
        return next((unsupported(name) for name in ("temperature", "logprobs") if name in request.json), None)

    sent: Sent = []
    async with stage("openai", tmp_path) as at:
        at.protocol.fault = picky(sent, complaint)
        await ask(at.provider, stream=stream, temperature=0.2, logprobs=True, seed=1)
        assert len(sent) == 3
        await ask(at.provider, stream=stream, temperature=0.2, logprobs=True, seed=1)
        assert len(sent) == 4
        assert sent[-1]["seed"] == 1
        assert not {"temperature", "logprobs"} & set(sent[-1])


async def test_openai_uses_the_name_of_the_limit_that_the_server_knows(tmp_path: Path) -> None:
    """A server that knows only the newer name of the limit gets it under that name, not without a limit."""

    def complaint(request: Request) -> dict[str, Any] | None:
        if "max_tokens" not in request.json:
            return None
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        return {"message": message, "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported_parameter"}

    sent: Sent = []
    async with stage("openai", tmp_path) as at:
        at.protocol.fault = picky(sent, complaint)
        await ask(at.provider, stream=False, max_tokens=50)
        assert [("max_tokens" in body, body.get("max_completion_tokens")) for body in sent] == [(True, None), (False, 50)]


@pytest.mark.parametrize("status", [400, 422])
async def test_compatible_server_without_stream_options(status: int, tmp_path: Path) -> None:
    """A server that rejects `stream_options` is asked again without; its answer has no usage."""

    def complaint(request: Request) -> dict[str, Any] | None:
        return {"message": "Extra inputs are not permitted: stream_options"} if "stream_options" in request.json else None

    sent: Sent = []
    async with stage("openai", tmp_path) as at:
        at.protocol.fault = picky(sent, complaint, status)
        answer, _ = await ask(at.provider, stream=True)
        assert len(sent) == 2
        assert answer.usage.input_tokens is None
        assert answer.text == at.protocol.script.text


async def test_parameter_is_left_out_once_and_no_more(tmp_path: Path) -> None:
    """A server that complains on regardless ends in its error, not in a loop."""
    sent: Sent = []
    async with stage("openai", tmp_path) as at:
        at.protocol.fault = picky(sent, lambda _: unsupported("temperature"))
        with pytest.raises(InvalidRequest):
            await ask(at.provider, stream=False, temperature=0.1)
        assert len(sent) == 2


@pytest.mark.parametrize(
    ("vendor", "message", "left_out"),
    [
        ("gemini", "Logprobs is not enabled for models/model-a", "responseLogprobs"),
        ("watsonx", "Model does not support function 'logprobs'", "logprobs"),
        ("ollama", "logprobs are not supported by this runner", "logprobs"),
    ],
)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_log_probabilities_are_given_up_where_a_model_has_none(
    vendor: str, message: str, left_out: str, stream: bool, tmp_path: Path
) -> None:
    """Asking for log-probabilities never costs the answer."""
    sent: Sent = []

    def complaint(request: Request) -> dict[str, Any] | None:
        return {"message": message, "code": 400, "status": "INVALID_ARGUMENT"} if left_out in request.body.decode() else None

    async with stage(vendor, tmp_path) as at:
        at.protocol.fault = picky(sent, complaint)
        answer, _ = await ask(at.provider, stream=stream, logprobs=True)
        assert len(sent) == 2
        assert answer.mean_logprob is None
        assert answer.text == at.protocol.script.text


async def test_own_openai_gets_the_newer_limit() -> None:
    """OpenAI itself is asked with `max_completion_tokens`, which its newer models insist on."""
    from providers.base import CallOptions, Prompt
    from providers.vendors.openai import OpenAIProvider

    provider = vendors.make("openai", config={"api_key": "k"})
    assert isinstance(provider, OpenAIProvider)
    arguments = provider._arguments(Prompt(text="x"), CallOptions(max_tokens=5), stream=False)
    assert arguments["max_completion_tokens"] == 5
    assert "max_tokens" not in arguments


async def test_a_later_call_goes_out_as_the_first_one_did(tmp_path: Path) -> None:
    """The OpenAI client keeps how a request is built: nothing of an earlier call may be left in a later one."""
    async with stage("openai", tmp_path) as at:
        for text, limit in (("first question", 5), ("second, with an ö and a half \ud800 pair", 7), ("third", 9)):
            options = CallOptions(max_tokens=limit, deadline=time.monotonic() + limit)
            await at.provider.complete(Prompt(text=text), options)
        sent = at.server.requests[-3:]
        assert [request.json["messages"][-1]["content"] for request in sent] == [
            "first question",
            "second, with an ö and a half \ud800 pair",
            "third",
        ]
        assert [request.json["max_tokens"] for request in sent] == [5, 7, 9]
        assert len({request.path for request in sent}) == 1
        own = {"content-length", "x-stainless-read-timeout"}
        heads = [{name: value for name, value in request.headers.items() if name.lower() not in own} for request in sent]
        assert heads[0] == heads[1] == heads[2]
        assert [int(request.headers["content-length"]) for request in sent] == [len(request.body) for request in sent]
