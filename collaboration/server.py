"""The sidecar's shell: WebSocket connections and two HTTP pages around the protocol's core. Opens no file."""

from __future__ import annotations

import asyncio
import http
import logging
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN, Event

from collaboration import metrics, tokens
from collaboration.limits import Limits
from collaboration.memory import Memory
from collaboration.protocol import Hub
from collaboration.seams import OFF, UNKNOWN
from collaboration.seats import Seat

if TYPE_CHECKING:
    from collaboration.backplane import Shared

FLUSH_S, DRAIN_S, TICK_S = 0.05, 0.02, 1.0
ATTACH_HEADER = "X-Omni-Attach"
MAX_ORIGINS = 32
_SAMPLE = 16
log = logging.getLogger("collaboration")


@dataclass(frozen=True, slots=True)
class Config:
    """What a sidecar is told. `origins` are the exact origins of the pages it serves; `secret` is shared with the app that mints tokens."""

    secret: bytes
    origins: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8502
    ping_interval: float = 30.0
    timeout: float = 60.0
    limits: Limits = field(default_factory=Limits)
    redis_url: str | None = None


class Sidecar:
    """One node: `async with Sidecar(config) as node: node.port`."""

    def __init__(self, config: Config):
        self.config = config
        self.installation = tokens.fingerprint(config.secret)
        self._shared = _shared(config)
        self.backplane: Memory | Shared = Memory(config.limits, time.monotonic) if self._shared is None else self._shared
        self.hub = Hub(config.secret, config.limits, self.backplane)
        self.backplane.hub = self.hub
        self.latency = metrics.Latency()
        self.started = time.monotonic()
        self.port = 0
        self._origins = set(config.origins)
        self._nonces: dict[str, float] = {}
        self._server: Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Sidecar:
        """Listen. Raises OSError when the port is in use or the store does not answer."""
        config = self.config
        if self._shared is not None:
            await self._shared.start()
        packing = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
        self._server = await serve(
            _until_closed,
            config.host,
            config.port,
            process_request=self._request,
            create_connection=partial(Connection, self),  # type: ignore[arg-type]  # a factory will do
            compression=None,
            extensions=[packing],
            max_size=config.limits.message_bytes,
            max_queue=None,
            backlog=4096,
            open_timeout=config.limits.hello_s,
            close_timeout=2,
            server_header=None,
            logger=logging.getLogger("websockets.collaboration"),
            ping_interval=config.ping_interval,
            ping_timeout=max(1.0, config.timeout - config.ping_interval),
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        for work, every in ((self._flush, FLUSH_S), (self._drain, DRAIN_S), (self._tick, TICK_S)):
            self._tasks.add(asyncio.create_task(_repeat(work, every)))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Tell everyone that the sidecar goes, and close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close(code=OFF, reason="The sidecar stops; try again.")
            await self._server.wait_closed()
        if self._shared is not None:
            await self._shared.stop()

    def _flush(self) -> None:
        if self.hub.restless:
            self.hub.flush()

    def _drain(self) -> None:
        if self.hub.lagging:
            self.hub.drain(time.monotonic())

    def _tick(self) -> None:
        self.hub.tick(time.monotonic(), wall_ms())

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer the HTTP pages; let a WebSocket handshake pass only from an origin on the list."""
        path = request.path.partition("?")[0]
        if path == "/health":
            body = metrics.health(self.hub, self.installation, self.started, time.monotonic(), *self._store())
            return _page(200, "application/json", orjson.dumps(body))
        if path == "/metrics":
            return _page(
                200, "text/plain; version=0.0.4; charset=utf-8", metrics.text(self.hub, self.latency, self.started, time.monotonic())
            )
        if path == "/attach":
            return self._attach(request)
        if path != "/":
            return _page(404, "text/plain", "There is nothing here.\n")
        origins = request.headers.get_all("Origin")
        if len(origins) != 1 or origins[0].lower() not in self._origins:
            return _page(403, "text/plain", "This origin is not served here.\n")
        return None

    def _store(self) -> tuple[str, bool]:
        return ("redis", self._shared.healthy) if self._shared is not None else ("memory", True)

    def _attach(self, request: Request) -> Response:
        """Let another app of this installation, which has proved that it knows the secret, bring its pages here."""
        try:
            origin, nonce = tokens.read_attach(self.config.secret, request.headers.get(ATTACH_HEADER, ""), time.time())
        except tokens.BadToken as problem:
            return _page(403, "text/plain", f"{problem}\n")
        now = time.monotonic()
        self._nonces = {used: until for used, until in self._nonces.items() if until > now}
        if nonce in self._nonces or (origin not in self._origins and len(self._origins) >= MAX_ORIGINS):
            return _page(403, "text/plain", "This cannot be attached.\n")
        self._nonces[nonce] = now + 2 * tokens.LIFE_S
        self._origins.add(origin.lower())
        return _page(200, "text/plain", "attached\n")


class Connection(ServerConnection):
    """Hands each message to the core as it arrives, without a queue between: the core answers at once or not at all."""

    def __init__(self, sidecar: Sidecar, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._sidecar = sidecar
        self._seat: Seat | None = None
        self._parts: list[bytes] = []
        self._patience: asyncio.TimerHandle | None = None
        self._count = 0

    def close_soon(self, code: int, reason: str) -> None:
        """Send a close frame; the other side has a moment to answer it."""
        if self.protocol.state is OPEN:
            self.protocol.send_close(code, reason)
            self.send_data()
        self.loop.call_later(2.0, self.transport.abort)

    def opened(self) -> None:
        """Take a seat once the handshake is done; whoever does not say hello in time is closed."""
        packs = any(isinstance(extension, PerMessageDeflate) for extension in self.protocol.extensions)
        self._seat = self._sidecar.hub.seat(_Wire(self), packs, time.monotonic())
        self._patience = self.loop.call_later(self._sidecar.config.limits.hello_s, self._impatient)

    def _impatient(self) -> None:
        seat = self._seat
        if seat is not None and seat.gathering is None:
            self._sidecar.hub.close(seat, UNKNOWN, "unauthenticated", "No hello came in time.")

    def process_event(self, event: Event) -> None:
        """Handle a frame; everything but data is the library's."""
        if not isinstance(event, Frame) or event.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if isinstance(event, Frame) and event.opcode is Opcode.CLOSE:
                self._leave()
            super().process_event(event)
            return
        if self.protocol.state is not OPEN:
            return
        if self._seat is None:
            self.opened()
        seat = self._seat
        assert seat is not None
        data = event.data
        if self._parts or not event.fin:
            self._parts.append(bytes(data))
            if not event.fin:
                return
            data = b"".join(self._parts)
            self._parts.clear()
        now = time.monotonic()
        fresh = secrets.token_hex(8) if seat.gathering is None else ""
        self._sidecar.hub.receive(seat, bytes(data), now, wall_ms(), fresh)
        self._count += 1
        if self._count % _SAMPLE == 1:
            self._sidecar.latency.add((time.monotonic() - now) * 1000)

    def data_received(self, data: bytes) -> None:
        """Take no part once the connection closes, for whatever reason the library closes it."""
        super().data_received(data)
        if self._seat is not None and self.protocol.state is not OPEN:
            self._leave()

    def eof_received(self) -> None:
        """Give the seat back before the library ends its own side: nothing can be written then."""
        self._leave()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the seat back."""
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        seat, self._seat = self._seat, None
        if seat is not None:
            self._sidecar.hub.gone(seat, time.monotonic())


class _Wire:
    """One connection as the core sees it: `write` and `backlog` are the transport's own, so that a fan-out costs one call a reader."""

    __slots__ = ("abort", "backlog", "close", "write")

    def __init__(self, connection: Connection):
        self.write = connection.transport.write
        self.backlog = connection.transport.get_write_buffer_size
        self.close = connection.close_soon
        self.abort = connection.transport.abort


async def _until_closed(connection: ServerConnection) -> None:
    assert isinstance(connection, Connection)
    if connection._seat is None:
        connection.opened()
    # the handshake's headers have been judged; kept, they are a fifth of an idle connection
    for head in (connection.request, connection.response):
        if head is not None:
            head.headers.clear()
    await connection.wait_closed()


async def _repeat(work: Any, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            work()
        except Exception:
            log.exception("a recurring task of the sidecar failed")


def _page(status: int, kind: str, body: bytes | str) -> Response:
    content = body.encode() if isinstance(body, str) else body
    headers = Headers(
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ]
    )
    return Response(status, http.HTTPStatus(status).phrase, headers, content)


def wall_ms() -> int:
    """Return the time of day in milliseconds, for people to read; nothing is decided by it but a token's end."""
    return time.time_ns() // 1_000_000


def origins_of(hosts: Iterable[str], schemes: Iterable[str] = ("http",)) -> tuple[str, ...]:
    """Return the origins of pages under these host names with ports."""
    return tuple(f"{scheme}://{host.lower()}" for host in hosts for scheme in schemes)


def _shared(config: Config) -> Shared | None:
    """Return the store that several sidecars share, where one is set; without one its library is not loaded."""
    if config.redis_url is None:
        return None
    from collaboration.backplane import Shared

    return Shared(config.redis_url, config.limits, time.monotonic)
