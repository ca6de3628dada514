"""Ollama's chat as JSON and as lines of JSON, and its list of local models."""

from __future__ import annotations

import json
from typing import Any

from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange, Request

WHEN = "2026-11-01T10:00:00.000000000Z"


class OllamaProtocol(Protocol):
    """The server on port 11434."""

    vendor = "ollama"
    media_type = "application/json; charset=utf-8"
    stream_type = "application/x-ndjson"
    too_long = "the input length exceeds the context length"

    def generates(self, request: Request) -> bool:
        return request.path == "/api/chat"

    def streams(self, request: Request) -> bool:
        return bool(request.json.get("stream", True))

    def body(self, request: Request) -> bytes:
        return json.dumps(self._line(request, self.script.tokens) | self._ending()).encode()

    def events(self, request: Request) -> list[bytes]:
        lines = [self._line(request, (token,)) for token in self.script.tokens]
        if self.script.finish is not None:
            lines.append(self._line(request, ()) | self._ending())
        return [json.dumps(line).encode() + b"\n" for line in lines]

    def error(self, status: int, kind: str, message: str) -> object:
        return {"error": message}

    async def refuse(self, exchange: Exchange) -> None:
        """Ollama has no word for a refusal in an answer; what stands in front of it refuses with an error."""
        await self.fail(exchange, 400, "bad_request", "the prompt was blocked by the content policy")

    async def other(self, exchange: Exchange) -> None:
        if exchange.request.path == "/api/tags":
            details = {"format": "gguf", "family": "llama", "families": ["llama"], "parameter_size": "8.0B", "quantization_level": "Q4_0"}
            models = [
                {"name": name, "model": name, "modified_at": WHEN, "size": 1, "digest": "0" * 64, "details": details}
                for name in self.models
            ]
            await exchange.send(200, {"Content-Type": self.media_type}, json.dumps({"models": models}).encode())
        elif exchange.request.path == "/api/generate" and not exchange.request.json.get("prompt"):
            # without a prompt a model is only loaded or, with keep_alive 0, unloaded
            body = {"model": exchange.request.json["model"], "created_at": WHEN, "response": "", "done": True, "done_reason": "load"}
            await exchange.send(200, {"Content-Type": self.media_type}, json.dumps(body).encode())
        else:
            await exchange.send(404, {"Content-Type": "text/plain"}, b"404 page not found")

    def _line(self, request: Request, tokens: tuple[str, ...]) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(tokens)}
        line: dict[str, Any] = {"model": request.json["model"], "created_at": WHEN, "message": message, "done": False}
        if request.json.get("logprobs") and tokens:
            line["logprobs"] = [{"token": token, "logprob": self.script.logprob, "bytes": list(token.encode())} for token in tokens]
        return line

    def _ending(self) -> dict[str, Any]:
        if self.script.finish is None:
            return {}
        reason = {"stop": "stop", "length": "length", "refused": "stop"}[self.script.finish]
        counts = {"prompt_eval_count": self.script.input_tokens, "eval_count": self.script.output_tokens}
        durations = {"total_duration": 9, "load_duration": 1, "prompt_eval_duration": 2, "eval_duration": 3}
        return {"done": True, "done_reason": reason} | counts | durations
