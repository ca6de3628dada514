"""watsonx.ai's chat, plain and as server-sent events, its model list, and IBM's token service, all behind TLS."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange, Request

FINISH = {"stop": "stop", "length": "length", "refused": "content_filter", None: None}
CODES = {
    "bad_request": "invalid_request_entity",
    "key": "authentication_token_not_valid",
    "forbidden": "authorization_rejected",
    "model": "model_not_supported",
    "too_long": "invalid_input_argument",
    "rate": "consumption_limit_reached",
    "quota": "token_quota_reached",
    "server": "server_error",
    "overloaded": "downstream_request_failed",
}


def access_token(lifetime: float = 3600) -> str:
    """Return a token as IBM's service makes them: three parts, the middle one with the time it expires."""
    parts = ({"alg": "none"}, {"exp": int(time.time() + lifetime), "iam_id": "IBMid-1"}, {"signature": 1})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


class WatsonxProtocol(Protocol):
    """The servers behind one address: `/identity/token` and `/ml/v1`."""

    vendor = "watsonx"
    too_long = "the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model"
    token = access_token()

    def generates(self, request: Request) -> bool:
        return request.path in ("/ml/v1/text/chat", "/ml/v1/text/chat_stream")

    def streams(self, request: Request) -> bool:
        return request.path.endswith("chat_stream")

    def body(self, request: Request) -> bytes:
        choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": self.script.text}}
        choice["finish_reason"] = FINISH[self.script.finish]
        if request.json.get("logprobs"):
            choice["logprobs"] = self._logprobs(self.script.tokens)
        return json.dumps(self._envelope(request) | {"choices": [choice], "usage": self._usage()}).encode()

    def events(self, request: Request) -> list[bytes]:
        chunks = [self._chunk(request, {"role": "assistant", "content": ""})]
        chunks += [self._chunk(request, {"content": token}, tokens=(token,)) for token in self.script.tokens]
        if self.script.finish is not None:
            chunks.append(self._chunk(request, {"content": ""}, finish=FINISH[self.script.finish]))
            chunks.append(self._envelope(request) | {"choices": [], "usage": self._usage()})
        return [f"id: {number}\nevent: message\ndata: {json.dumps(chunk)}\n\n".encode() for number, chunk in enumerate(chunks, 1)]

    def error(self, status: int, kind: str, message: str) -> object:
        return {"errors": [{"code": CODES[kind], "message": message}], "trace": "t1", "status_code": status}

    async def other(self, exchange: Exchange) -> None:
        path = exchange.request.path
        if path == "/identity/token":
            good = f"apikey={self.key}&" in exchange.request.body.decode() or self.key == ""
            body = {"access_token": self.token, "token_type": "Bearer", "expires_in": 3600} if good else {"errorCode": "BXNIM0415E"}
            await exchange.send(200 if good else 400, {"Content-Type": "application/json"}, json.dumps(body).encode())
        elif path == "/ml/v1/foundation_model_specs":
            resources = [{"model_id": name, "label": name, "functions": [{"id": "text_chat"}]} for name in self.models]
            body = {"total_count": len(resources), "limit": 200, "first": {"href": "x"}, "resources": resources}
            await exchange.send(200, {"Content-Type": "application/json"}, json.dumps(body).encode())
        else:
            await exchange.send(404, {"Content-Type": "application/json"}, b"{}")

    def _envelope(self, request: Request) -> dict[str, Any]:
        model = request.json["model_id"]
        return {"id": "chat-1", "model_id": model, "model": model, "created": 1, "created_at": "2026-11-01T10:00:00Z"}

    def _chunk(self, request: Request, delta: dict[str, Any], tokens: tuple[str, ...] = (), finish: str | None = None) -> dict[str, Any]:
        choice: dict[str, Any] = {"index": 0, "finish_reason": finish, "delta": delta}
        if tokens and request.json.get("logprobs"):
            choice["logprobs"] = self._logprobs(tokens)
        return self._envelope(request) | {"choices": [choice]}

    def _logprobs(self, tokens: tuple[str, ...]) -> dict[str, Any]:
        return {"content": [{"token": token, "logprob": self.script.logprob, "bytes": []} for token in tokens]}

    def _usage(self) -> dict[str, Any]:
        given, made = self.script.input_tokens, self.script.output_tokens
        return {"completion_tokens": made, "prompt_tokens": given, "total_tokens": given + made}
