"""What the fakes of all vendors have in common: a scripted answer, and the way a fault layer steps in before it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from tests.support.vendors.server import Exchange, Request


@dataclass
class Script:
    """The answer a fake gives: its text in tokens, why it ends, and what the vendor counts."""

    tokens: tuple[str, ...] = ("FROM ", "python:3.12-slim\n", 'CMD ["python"]\n')
    finish: str | None = "stop"  # stop, length, refused, None
    input_tokens: int = 11
    output_tokens: int = 3
    logprob: float = -0.25
    logprobs: Mapping[str, float] = field(default_factory=dict)  # of single tokens, by their text

    @property
    def text(self) -> str:
        return "".join(self.tokens)


Fault = Callable[["Protocol", Exchange], Awaitable[None]]


@dataclass
class Protocol(ABC):
    """One vendor's protocol. `fault`, when set, answers the generating calls instead of the script."""

    script: Script = field(default_factory=Script)
    fault: Fault | None = None
    models: tuple[str, ...] = ("model-a", "model-b")
    key: str = "the-key"
    elsewhere: str = ""

    vendor = ""
    too_long_status = 400
    too_long = "This model's maximum context length is 8192 tokens, however you requested 9000."
    media_type = "application/json"
    stream_type = "text/event-stream"

    async def handle(self, exchange: Exchange) -> None:
        """Answer one request."""
        if self.generates(exchange.request):
            if self.fault is not None:
                await self.fault(self, exchange)
            else:
                await self.answer(exchange)
        else:
            await self.other(exchange)

    async def answer(self, exchange: Exchange) -> None:
        """Give the scripted answer, streamed when the request asks for that."""
        if self.streams(exchange.request):
            await exchange.head(200, {"Content-Type": self.stream_type}, chunked=True)
            for event in self.events(exchange.request):
                await exchange.chunk(event)
            await exchange.end()
        else:
            await exchange.send(200, {"Content-Type": self.media_type}, self.body(exchange.request))

    async def fail(self, exchange: Exchange, status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> None:
        """Answer with an error as this vendor words it."""
        body = json.dumps(self.error(status, kind, message)).encode()
        await exchange.send(status, {"Content-Type": "application/json", **(headers or {})}, body)

    async def refuse(self, exchange: Exchange) -> None:
        """Decline to answer as this vendor does."""
        self.script = replace(self.script, finish="refused")
        await self.answer(exchange)

    @abstractmethod
    def generates(self, request: Request) -> bool: ...

    @abstractmethod
    def streams(self, request: Request) -> bool: ...

    @abstractmethod
    def body(self, request: Request) -> bytes: ...

    @abstractmethod
    def events(self, request: Request) -> list[bytes]: ...

    @abstractmethod
    def error(self, status: int, kind: str, message: str) -> object: ...

    @abstractmethod
    async def other(self, exchange: Exchange) -> None: ...
