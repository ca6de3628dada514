"""The 25 faults a vendor can have, and what each must become (SECURITY 28)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from providers.errors import (
    AuthenticationFailed,
    BadAnswer,
    ConnectionFailed,
    ContentRefused,
    ContextTooLong,
    InvalidRequest,
    ModelNotFound,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    VendorTimeout,
    VendorUnavailable,
)
from tests.support.vendors.protocol import Protocol
from tests.support.vendors.server import Exchange

CANARY = "sk-canary-7Hq2ZxW9pLm4Vt8K"
"""The key of every fault test. Each error body repeats it in several dresses; no text of ours may."""
ECHO = f" Your key {CANARY} was seen at https://user:{CANARY}@example.org/v1?key={CANARY} (Bearer {CANARY})."
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>" + CANARY.encode() + b"</body></html>"
OVERSIZED = 50 * 1024 * 1024

Act = Callable[[Protocol, Exchange], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """One fault: what the server does, and the error class it must become. `status` is set for error responses."""

    name: str
    act: Act
    expected: type[ProviderError]
    status: int | None = None
    slow: bool = False


def refused(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Act:
    async def act(protocol: Protocol, exchange: Exchange) -> None:
        await protocol.fail(exchange, status, kind, message + ECHO, headers)

    return act


async def too_long(protocol: Protocol, exchange: Exchange) -> None:
    await protocol.fail(exchange, protocol.too_long_status, "too_long", protocol.too_long + ECHO)


async def bad_gateway(protocol: Protocol, exchange: Exchange) -> None:
    await exchange.send(502, {"Content-Type": "text/html"}, HTML)


async def refusal(protocol: Protocol, exchange: Exchange) -> None:
    await protocol.refuse(exchange)


def scripted(**changes: object) -> Act:
    async def act(protocol: Protocol, exchange: Exchange) -> None:
        protocol.script = replace(protocol.script, **changes)  # type: ignore[arg-type]
        await protocol.answer(exchange)

    return act


def rewritten(change: Callable[[bytes], bytes]) -> Act:
    """Answer as scripted, with every body or event changed on its way out."""

    async def act(protocol: Protocol, exchange: Exchange) -> None:
        if protocol.streams(exchange.request):
            await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
            for event in protocol.events(exchange.request):
                await exchange.chunk(change(event))
            await exchange.end()
        else:
            await exchange.send(200, {"Content-Type": protocol.media_type}, change(protocol.body(exchange.request)))

    return act


async def html_page(protocol: Protocol, exchange: Exchange) -> None:
    await exchange.send(200, {"Content-Type": "text/html; charset=utf-8"}, HTML)


async def reset_before_head(protocol: Protocol, exchange: Exchange) -> None:
    exchange.reset()


async def reset_midway(protocol: Protocol, exchange: Exchange) -> None:
    if protocol.streams(exchange.request):
        await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
        await exchange.chunk(protocol.events(exchange.request)[0])
    else:
        body = protocol.body(exchange.request)
        await exchange.head(200, {"Content-Type": protocol.media_type}, length=len(body))
        exchange.writer.write(body[: len(body) // 2])
        await exchange.writer.drain()
    await asyncio.sleep(0.05)
    exchange.reset()


async def stall(protocol: Protocol, exchange: Exchange) -> None:
    await asyncio.sleep(60)


async def drip(protocol: Protocol, exchange: Exchange) -> None:
    if protocol.streams(exchange.request):
        await exchange.head(200, {"Content-Type": protocol.stream_type}, length=10_000)
        data = b"".join(protocol.events(exchange.request))
    else:
        data = protocol.body(exchange.request)
        await exchange.head(200, {"Content-Type": protocol.media_type}, length=len(data))
    for byte in data[:60]:
        exchange.writer.write(bytes([byte]))
        await exchange.writer.drain()
        await asyncio.sleep(1)


async def redirect(protocol: Protocol, exchange: Exchange) -> None:
    await exchange.send(307, {"Location": protocol.elsewhere + exchange.request.path}, b"")


async def oversized(protocol: Protocol, exchange: Exchange) -> None:
    """Fifty megabytes of well-formed answer, as fast as they are read."""
    block = "x" * 65536
    if protocol.streams(exchange.request):
        protocol.script = replace(protocol.script, tokens=(block,), finish=None)
        event = max(protocol.events(exchange.request), key=len)
        await exchange.head(200, {"Content-Type": protocol.stream_type}, chunked=True)
        for _ in range(OVERSIZED // len(block)):
            await exchange.chunk(event)
        await exchange.end()
    else:
        protocol.script = replace(protocol.script, tokens=("MARK",))
        start, end = protocol.body(exchange.request).split(b"MARK")
        await exchange.head(200, {"Content-Type": protocol.media_type}, length=len(start) + OVERSIZED + len(end))
        exchange.writer.write(start)
        for _ in range(OVERSIZED // len(block)):
            exchange.writer.write(block.encode())
            await exchange.writer.drain()
        exchange.writer.write(end)
        await exchange.writer.drain()


FAULTS: tuple[Fault, ...] = (
    Fault("bad request", refused(400, "bad_request", "The request was not understood."), InvalidRequest, 400),
    Fault("key refused", refused(401, "key", "Incorrect API key provided."), AuthenticationFailed, 401),
    Fault("forbidden", refused(403, "forbidden", "Not allowed from here."), AuthenticationFailed, 403),
    Fault("model retired", refused(404, "model", "The model does not exist."), ModelNotFound, 404),
    Fault("context too long", too_long, ContextTooLong, 400),
    Fault("unprocessable", refused(422, "bad_request", "Unprocessable."), InvalidRequest, 422),
    Fault("rate limited", refused(429, "rate", "Slow down.", {"Retry-After": "7"}), RateLimited, 429),
    Fault("quota used up", refused(429, "quota", "You exceeded your quota, check plan and billing details."), QuotaExceeded, 429),
    Fault("server error", refused(500, "server", "Internal error."), VendorUnavailable, 500),
    Fault("bad gateway", bad_gateway, VendorUnavailable, 502),
    Fault("maintenance", refused(503, "overloaded", "Back soon.", {"Retry-After": "30"}), VendorUnavailable, 503),
    Fault("overloaded", refused(529, "overloaded", "Overloaded."), VendorUnavailable, 529),
    Fault("refusal", refusal, ContentRefused),
    Fault("cut off", scripted(finish="length"), BadAnswer),
    Fault("empty answer", scripted(tokens=()), BadAnswer),
    Fault("no finish reason", scripted(finish=None), BadAnswer),
    Fault("malformed JSON", rewritten(lambda body: body.replace(b'"', b"'", 3)), BadAnswer),
    Fault("HTML page", html_page, BadAnswer),
    Fault("not UTF-8", rewritten(lambda body: body.replace(b"python", b"py\xff\xfehon")), BadAnswer),
    Fault("oversized", oversized, BadAnswer),
    Fault("reset before head", reset_before_head, ConnectionFailed),
    Fault("reset midway", reset_midway, ConnectionFailed),
    Fault("redirect", redirect, ConnectionFailed),
    Fault("stall", stall, VendorTimeout, slow=True),
    Fault("drip", drip, VendorTimeout, slow=True),
)
