"""OpenAI and every server that speaks its chat interface, through the openai SDK over aiohttp."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Awaitable
from functools import lru_cache
from typing import Any

import orjson

from providers.base import CallOptions, Prompt
from providers.http import CONNECT_SECONDS, Guard, HttpFailure, failure_from_body, remaining, tls_context
from providers.pictures import seen_by_gpt
from providers.vendor import Connection, Field, VendorSpec
from providers.vendors._chat import piece_of_chat
from providers.vendors._shared import Piece, SdkProvider

BASE_URL = "https://api.openai.com/v1"
NOT_FOR_CHAT = ("text-embedding", "whisper", "tts-", "dall-e", "omni-moderation", "text-moderation", "babbage", "davinci", "gpt-image")


@lru_cache(maxsize=1)
def _client_class() -> Any:
    """Return the SDK's client with one step of it kept: how a request is built, a quarter of all that a call costs.

    The SDK makes the first request of each kind; the next ones take over its address and headers and differ in their body and
    deadline alone. Everything else, from sending to reading streams and errors, is the SDK's.
    """
    import httpx2
    import openai

    class KeepingClient(openai.AsyncOpenAI):
        """Builds like its base class; calls of one client differ in nothing but what is said above."""

        def __init__(self, **arguments: Any):
            super().__init__(**arguments)
            self._built: dict[str, tuple[Any, list[tuple[bytes, bytes]]]] = {}

        def _build_request(self, options: Any, *, retries_taken: int = 0) -> Any:
            body = options.content
            usual = options.method == "post" and isinstance(body, bytes) and not retries_taken and not options.params
            if not usual or options.headers or options.files or options.extra_json or self._idempotency_header:
                return super()._build_request(options, retries_taken=retries_taken)
            if (built := self._built.get(options.url)) is None:
                request = super()._build_request(options, retries_taken=retries_taken)
                headers = [(name, value) for name, value in request.headers.raw if name.lower() not in _OF_ONE_CALL]
                self._built[options.url] = (request.url, headers)
                return request
            url, headers = built
            waits = {"timeout": httpx2.Timeout(options.timeout).as_dict()}
            return httpx2.Request("POST", url, headers=headers, content=body, extensions=waits)

    return KeepingClient


_OF_ONE_CALL = frozenset({b"content-length", b"x-stainless-read-timeout"})


class OpenAIProvider(SdkProvider):
    """One model of OpenAI or a compatible server."""

    def __init__(self, model: str, connection: Connection):
        super().__init__(SPEC, model, connection)

    def _open(self, loop: asyncio.AbstractEventLoop) -> Any:
        import httpx2
        import openai

        key = self._connection["api_key"]
        headers = {"authorization": f"Bearer {key}" if key else ""}
        guard = Guard(label=self.label, origins=(self._connection["base_url"],), headers=headers)
        client = openai.DefaultAioHttpClient(
            verify=tls_context(),
            # 0 is aiohttp's word for no limit: a queue in the pool would eat the deadline unseen
            limits=httpx2.Limits(max_connections=0, max_keepalive_connections=None, keepalive_expiry=15.0),
            timeout=httpx2.Timeout(remaining(None), connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            event_hooks=guard.hooks(),
        )
        return _client_class()(
            api_key=key or "none",  # a server that needs no key; the guard sends none
            base_url=self._connection["base_url"],
            default_headers={"Authorization": headers["authorization"] or "none"},
            max_retries=0,
            http_client=client,
        )

    async def _close(self, client: Any) -> None:
        await client.close()

    async def _list(self) -> list[str]:
        client = await self.client()
        page = await client.models.list(timeout=10.0)
        names = [entry.id for entry in page.data or [] if isinstance(entry.id, str)]
        return names if self._connection.own_base_url else [name for name in names if not name.startswith(NOT_FOR_CHAT)]

    async def _pieces(self, client: Any, prompt: Prompt, options: CallOptions, stream: bool) -> AsyncGenerator[Piece, None]:
        from openai import AsyncStream

        def create() -> Awaitable[Any]:
            # `chat.completions.create` walks its arguments and the answer against its types, at half of the SDK's whole cost;
            # a plain `post` of the same client leaves both as mappings, which is what piece_of_chat reads
            return client.post(
                "/chat/completions",
                cast_to=object,
                content=_json(self._arguments(prompt, options, stream)),
                options={"timeout": remaining(options.deadline)},
                stream=stream,
                stream_cls=AsyncStream[object],
            )

        optional = {name: () for name in self._arguments(prompt, options, stream) if name not in ("model", "messages", "stream")}
        if options.max_tokens is not None:
            optional |= {"max_tokens": (), "max_completion_tokens": ()}
        response = await self._adapting(optional, create)
        if not stream:
            yield piece_of_chat(response, "message")
            return
        try:
            async for chunk in response:
                yield piece_of_chat(chunk, "delta")
        finally:
            await response.close()

    def _arguments(self, prompt: Prompt, options: CallOptions, stream: bool) -> dict[str, Any]:
        messages: list[dict[str, Any]] = [{"role": "system", "content": prompt.system}] if prompt.system else []
        messages.append({"role": "user", "content": _content(prompt)})
        arguments: dict[str, Any] = {"model": self.model, "messages": messages}
        if stream:
            arguments |= {"stream": True, "stream_options": {"include_usage": True}}
        if options.temperature is not None:
            arguments["temperature"] = options.temperature
        if options.seed is not None:
            arguments["seed"] = options.seed
        if options.logprobs:
            arguments["logprobs"] = True
        if options.max_tokens is not None:
            # OpenAI's newer models know only the second name, most compatible servers only the first
            names = ["max_tokens", "max_completion_tokens"]
            if not self._connection.own_base_url:
                names.reverse()
            name = next((entry for entry in names if entry not in self._not_taken), None)
            if name:
                arguments[name] = options.max_tokens
        return {name: value for name, value in arguments.items() if name not in self._not_taken}

    def _failure_in(self, error: BaseException) -> HttpFailure | None:
        body = getattr(error, "body", None)
        if type(error).__name__ != "APIError" or not isinstance(body, dict):
            return None
        code = str(body.get("code") or body.get("status") or "")
        return failure_from_body(int(code) if code.isdigit() else 0, {"error": body})


def _content(prompt: Prompt) -> str | list[dict[str, Any]]:
    if not prompt.images:
        return prompt.text
    addresses = [f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}" for image in prompt.images]
    return [{"type": "text", "text": prompt.text}, *({"type": "image_url", "image_url": {"url": address}} for address in addresses)]


def _json(arguments: dict[str, Any]) -> bytes:
    try:
        # copied, since orjson's own bytes hold a buffer of 4 kB for as long as the call lives
        return bytes(memoryview(orjson.dumps(arguments)))
    except TypeError:  # half of a surrogate pair, which only the slower one can escape
        return json.dumps(arguments).encode()


SPEC = VendorSpec(
    id="openai",
    label="OpenAI (GPT-4)",
    aliases=("OpenAI", "GPT-4", "GPT"),
    default_model="gpt-4o",
    suggested_models=("gpt-4o", "gpt-4-turbo", "gpt-4o-mini"),
    factory=OpenAIProvider,
    sees=seen_by_gpt,
    keyless_elsewhere=True,
    fields=(
        Field(name="api_key", setting="openai_api_key", variable="OPENAI_API_KEY", label="API key", secret=True, required=True),
        Field(name="base_url", setting="openai_base_url", variable="OPENAI_BASE_URL", label="base URL", destination=True, default=BASE_URL),
    ),
)
