"""How long the server waits for a request: a connection that sends one drop by drop, or nothing at all, is closed."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

OWED_S = 20.0
"""Seconds a connection may owe the rest of a request: of its head, and of a body that was answered before it had come."""


class Impatient(H11Protocol):
    """Uvicorn's protocol, which waits for ever by itself: anyone on this machine could hold every connection it may open."""

    owed_s = OWED_S
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request; the wait goes on while it is owed, and begins anew with the next one."""
        super().data_received(data)
        if not self._owed:
            self._rest()
        elif self._due is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the wait with the connection."""
        self._rest()
        super().connection_lost(exc)

    @property
    def _owed(self) -> bool:
        state = self.conn.their_state
        return state is h11.IDLE or (state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete)

    def _wait(self) -> None:
        self._due = self.loop.call_later(self.owed_s, self._too_slow)

    def _rest(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _too_slow(self) -> None:
        self._due = None
        if self.transport.get_protocol() is self and self._owed and not self.transport.is_closing():
            self.transport.abort()
