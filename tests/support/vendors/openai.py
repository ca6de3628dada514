"""OpenAI's chat completions, plain and as server-sent events, and its model list."""

from __future__ import annotations

import json
from typing import Any

from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange, Request

FINISH = {"stop": "stop", "length": "length", "refused": "content_filter", None: None}
CODES = {
    "bad_request": ("invalid_request_error", None),
    "key": ("invalid_request_error", "invalid_api_key"),
    "forbidden": ("invalid_request_error", "unsupported_country_region_territory"),
    "model": ("invalid_request_error", "model_not_found"),
    "too_long": ("invalid_request_error", "context_length_exceeded"),
    "rate": ("tokens", "rate_limit_exceeded"),
    "quota": ("insufficient_quota", "insufficient_quota"),
    "server": ("server_error", None),
    "overloaded": ("server_error", "server_overloaded"),
}


class OpenAIProtocol(Protocol):
    """The server behind `/v1`."""

    vendor = "openai"
    heard = "use Alpine"

    def generates(self, request: Request) -> bool:
        return request.path == "/v1/chat/completions"

    def streams(self, request: Request) -> bool:
        return bool(request.json.get("stream"))

    def body(self, request: Request) -> bytes:
        message: dict[str, Any] = {"role": "assistant", "content": self.script.text, "refusal": None, "annotations": []}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": self._logprobs(self.script.tokens) if request.json.get("logprobs") else None,
            "finish_reason": FINISH[self.script.finish],
        }
        return json.dumps(self._envelope(request, "chat.completion") | {"choices": [choice], "usage": self._usage()}).encode()

    def events(self, request: Request) -> list[bytes]:
        wants_usage = bool((request.json.get("stream_options") or {}).get("include_usage"))
        chunks = [self._chunk(request, {"role": "assistant", "content": "", "refusal": None})]
        chunks += [self._chunk(request, {"content": token}, tokens=(token,)) for token in self.script.tokens]
        if self.script.finish is not None:
            chunks.append(self._chunk(request, {}, finish=FINISH[self.script.finish]))
        if wants_usage:
            for chunk in chunks:
                chunk["usage"] = None
            chunks.append(self._envelope(request, "chat.completion.chunk") | {"choices": [], "usage": self._usage()})
        return [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks] + [b"data: [DONE]\n\n"]

    def error(self, status: int, kind: str, message: str) -> object:
        type_, code = CODES[kind]
        return {"error": {"message": message, "type": type_, "param": None, "code": code}}

    async def other(self, exchange: Exchange) -> None:
        if exchange.request.path == "/v1/models":
            data = [{"id": name, "object": "model", "created": 1, "owned_by": "them"} for name in self.models]
            await exchange.send(200, {"Content-Type": "application/json"}, json.dumps({"object": "list", "data": data}).encode())
        elif exchange.request.path == "/v1/audio/transcriptions":
            await exchange.send(200, {"Content-Type": "application/json"}, json.dumps({"text": self.heard}).encode())
        else:
            await self.fail(exchange, 404, "bad_request", f"Unknown request URL: {exchange.request.path}")

    def _envelope(self, request: Request, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": request.json["model"], "system_fingerprint": "fp"}

    def _chunk(self, request: Request, delta: dict[str, Any], tokens: tuple[str, ...] = (), finish: str | None = None) -> dict[str, Any]:
        logprobs = self._logprobs(tokens) if tokens and request.json.get("logprobs") else None
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return self._envelope(request, "chat.completion.chunk") | {"choices": [choice]}

    def _logprobs(self, tokens: tuple[str, ...]) -> dict[str, Any]:
        known = self.script.logprobs
        return {
            "content": [
                {"token": token, "logprob": known.get(token, self.script.logprob), "bytes": None, "top_logprobs": []} for token in tokens
            ]
        }

    def _usage(self) -> dict[str, Any]:
        given, made = self.script.input_tokens, self.script.output_tokens
        return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
