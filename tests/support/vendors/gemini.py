"""Gemini's generateContent, streamGenerateContent as server-sent events, and its model list."""

from __future__ import annotations

import json
from typing import Any

from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange, Request

FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY", None: None}
STATUS = {
    "bad_request": "INVALID_ARGUMENT",
    "key": "UNAUTHENTICATED",
    "forbidden": "PERMISSION_DENIED",
    "model": "NOT_FOUND",
    "too_long": "INVALID_ARGUMENT",
    "rate": "RESOURCE_EXHAUSTED",
    "quota": "RESOURCE_EXHAUSTED",
    "server": "INTERNAL",
    "overloaded": "UNAVAILABLE",
}
QUOTA_FAILURE = "type.googleapis.com/google.rpc.QuotaFailure"


class GeminiProtocol(Protocol):
    """The server behind `/v1beta`."""

    vendor = "gemini"
    media_type = "application/json; charset=UTF-8"
    too_long = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."

    def generates(self, request: Request) -> bool:
        return request.path.startswith("/v1beta/models/") and request.path.endswith(("generateContent", "GenerateContent"))

    def streams(self, request: Request) -> bool:
        return request.path.endswith(":streamGenerateContent") and request.query == "alt=sse"

    def body(self, request: Request) -> bytes:
        return json.dumps(self._response(request, self.script.tokens, FINISH[self.script.finish], last=True)).encode()

    def events(self, request: Request) -> list[bytes]:
        *start, end = self.script.tokens or ("",)
        chunks = [self._response(request, (token,)) for token in start]
        chunks.append(self._response(request, (end,), FINISH[self.script.finish], last=True))
        return [b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks]

    def error(self, status: int, kind: str, message: str) -> object:
        error: dict[str, Any] = {"code": status, "message": message, "status": STATUS[kind]}
        if kind == "quota":
            metric = {"quotaMetric": "generate_requests", "quotaId": "GenerateRequestsPerDayPerProjectPerModel", "quotaValue": "50"}
            error["details"] = [{"@type": QUOTA_FAILURE, "violations": [metric]}]
        return {"error": error}

    async def other(self, exchange: Exchange) -> None:
        if exchange.request.path == "/v1beta/models":
            models = [
                {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": ["generateContent", "countTokens"]}
                for name in self.models
            ]
            await exchange.send(200, {"Content-Type": self.media_type}, json.dumps({"models": models}).encode())
        else:
            await exchange.send(404, {"Content-Type": self.media_type}, b"{}")

    def _response(self, request: Request, tokens: tuple[str, ...], finish: str | None = None, last: bool = False) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": [{"text": "".join(tokens)}], "role": "model"}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        if request.json.get("generationConfig", {}).get("responseLogprobs"):
            chosen = [{"token": token, "tokenId": 1, "logProbability": self.script.logprob} for token in tokens]
            candidate["logprobsResult"] = {"chosenCandidates": chosen}
        given = self.script.input_tokens
        usage = {"promptTokenCount": given, "totalTokenCount": given}
        if last:
            usage |= {"candidatesTokenCount": self.script.output_tokens, "totalTokenCount": given + self.script.output_tokens}
        model = request.path.rpartition("/")[2].partition(":")[0]
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model, "responseId": "r1"}
