"""Local vendors for browser tests: servers in a thread of their own that speak, drip or refuse, and tell what reached them."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

from tests.support.vendors.ollama import OllamaProtocol
from tests.support.vendors.openai import OpenAIProtocol
from tests.support.vendors.protocol import Fault, Protocol, Script
from tests.support.vendors.server import Exchange, FakeServer


class Vendor:
    """One running fake. `closed` counts answers whose reader went away before their end."""

    def __init__(self, protocol: Protocol):
        self.protocol = protocol
        self.server = FakeServer(protocol.handle)
        self.closed = 0

    def dripping(self, pause_s: float) -> Fault:
        """Return a way to answer that pauses before every piece."""

        async def act(protocol: Protocol, exchange: Exchange) -> None:
            try:
                await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
                for event in protocol.events(exchange.request):
                    await asyncio.sleep(pause_s)
                    if exchange.writer.transport.is_closing():
                        raise ConnectionResetError
                    await exchange.chunk(event)
                await exchange.end()
            except ConnectionError:
                self.closed += 1
                exchange.keep_alive = False

        return act


@contextmanager
def running(*vendors: Vendor) -> Iterator[None]:
    """Serve these vendors until the block ends."""
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    @contextlib.asynccontextmanager
    async def served() -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for vendor in vendors:
                await stack.enter_async_context(vendor.server.running())
            yield

    async def serve() -> None:
        async with served():
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(30)
        loop.close()


def tokens(text: str) -> tuple[str, ...]:
    """Cut a text into pieces as a model streams it."""
    return tuple(re.findall(r"\s*\S{1,6}|\s+", text))


def openai(answer: str, pause_s: float = 0.0) -> Vendor:
    """Return an OpenAI that gives this answer."""
    vendor = Vendor(OpenAIProtocol())
    vendor.protocol.script.tokens = tokens(answer)
    if pause_s:
        vendor.protocol.fault = vendor.dripping(pause_s)
    return vendor


def ollama(answer: str, pause_s: float = 0.0) -> Vendor:
    """Return a local Ollama that gives this answer."""
    vendor = Vendor(OllamaProtocol())
    vendor.protocol.script.tokens = tokens(answer)
    if pause_s:
        vendor.protocol.fault = vendor.dripping(pause_s)
    return vendor


class Voices(OpenAIProtocol):
    """An OpenAI whose models each say their own, at their own pace and as sure of each word as its script says."""

    def __init__(self, voices: Mapping[str, Script], pause_s: Mapping[str, float]):
        super().__init__(models=tuple(voices))
        self.voices, self.pause_s = voices, pause_s
        self.fault = self._speak

    async def _speak(self, protocol: Protocol, exchange: Exchange) -> None:
        model = exchange.request.json["model"]
        alone = OpenAIProtocol(script=self.voices[model], models=self.models)
        with contextlib.suppress(ConnectionError):
            if not alone.streams(exchange.request):
                await asyncio.sleep(self.pause_s[model])
                await exchange.send(200, {"Content-Type": "application/json"}, alone.body(exchange.request))
                return
            await exchange.head(200, {"Content-Type": alone.stream_type}, chunked=True)
            for event in alone.events(exchange.request):
                await asyncio.sleep(self.pause_s[model])
                await exchange.chunk(event)
            await exchange.end()


def voices(texts: Mapping[str, str], pause_s: Mapping[str, float], doubt: str = "") -> Vendor:
    """Return an OpenAI with these models. A token that holds one of the letters of `doubt` is said with a probability of 0.35."""

    def script(text: str) -> Script:
        said = tokens(text)
        return Script(
            tokens=said, output_tokens=len(said), logprob=-0.05, logprobs={token: -1.05 for token in said if set(token) & set(doubt)}
        )

    return Vendor(Voices({model: script(text) for model, text in texts.items()}, pause_s))


def until(condition, patience_s: float = 30) -> None:
    """Wait for something that happens outside the browser."""
    deadline = time.monotonic() + patience_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()
