"""A page's end of its session's voice room: one socket that shows who talks, carries the offer of a call, and is the call's life.

The voice room has a loop of its own, so that nothing else the app does makes the sound stutter; it starts with the first join.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import orjson
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from collaboration.client import Client
from collaboration.voice.rooms import OfferError, Person, Relay, RoomError, Rooms, Seat
from config import settings
from telemetry import logs
from ui import together
from ui.bridge import Bridge, BridgeBusyError
from ui.sessions import BrowserSession
from ui.sockets import greeted, received, refused, served

MAX_OFFER = 24_000
"""Characters of a message: an offer has some three thousand, more with many network addresses."""
JOIN_S = 15.0
PACE_S, LOOK_S = 0.1, 1.0
log = logs.get_logger("voice")


def relays() -> tuple[Relay, ...]:
    """Return the servers of WEBRTC_ICE_SERVERS."""
    found = settings().webrtc_ice_servers
    return tuple(Relay(one.urls, one.username, one.credential.get_secret_value() if one.credential else None) for one in found)


ROOMS = Rooms(relays)
LOOP = Bridge(name="omni-voice")
"""Both idle until somebody joins a voice room."""

_TALKING: set[str] = set()


def in_call(held: BrowserSession) -> bool:
    """Tell whether this page is in a voice room."""
    return held.token in _TALKING


def close() -> None:
    """End all calls and the loop, at shutdown."""
    if len(ROOMS):
        with suppress(FutureTimeout, TimeoutError, BridgeBusyError):
            LOOP.call(ROOMS.close(), 3.0)
    LOOP.stop()


async def voice(socket: WebSocket) -> None:
    """Serve one page: `{"session"}` first, then `join`, `mute` and `leave` from it; who is in the room, and answers, to it."""
    held, _ = await greeted(socket)
    client = together.client_of(held) if held is not None else None
    if held is None or client is None or not client.role:
        await refused(socket)
        return
    page = _Page(socket, held, client)
    try:
        await served(socket, page.tell(), page.listen())
    finally:
        await page.close()


class _Page:
    """One page at its session's voice room, in a call or only looking who is."""

    def __init__(self, socket: WebSocket, held: BrowserSession, client: Client):
        self._socket, self._held = socket, held
        self._session, self._me = client.session, client.you
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._seat: Seat | None = None
        self._why: str | None = None
        self._gone = False

    async def tell(self) -> None:
        """Send who is in the room whenever that changes, ten times a second at most, until the page's user leaves the session."""
        stop = ROOMS.watch(self._session, self._changed)
        shown: tuple[Person, ...] | None = None
        try:
            await self._send({"type": "ready", "ice": [_for_browser(relay) for relay in relays()]})
            while self._member() is not None:
                self._wake.clear()
                if (why := self._why) is not None:
                    self._why, self._seat = None, None
                    _TALKING.discard(self._held.token)
                    await self._send({"type": "ended", "why": why})
                if (now := ROOMS.people(self._session)) != shown:
                    shown = now
                    people = [{**asdict(person), "you": person.id == self._me} for person in now]
                    await self._send({"type": "people", "people": people})
                    await asyncio.sleep(PACE_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S)
            await self._send({"type": "ended", "why": "You are no longer in this session."})
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            stop()

    async def listen(self) -> None:
        """Take what the page wants; anything else ends the socket, and with it the call."""
        while True:
            message = await received(self._socket, MAX_OFFER)
            match message:
                case {"type": "join", "offer": str(offer), "speaks": bool(speaks), "muted": bool(muted)}:
                    await self._join(offer, speaks, muted)
                case {"type": "mute", "muted": bool(muted)}:
                    if (seat := self._seat) is not None:
                        LOOP.loop().call_soon_threadsafe(ROOMS.mute, seat, muted)
                case {"type": "leave"}:
                    await self.hang_up()
                case _:
                    return

    async def close(self) -> None:
        """End the page's call, also one that was just being made."""
        self._gone = True
        await self.hang_up()

    async def hang_up(self) -> None:
        """End the page's call, if it is in one."""
        seat, self._seat = self._seat, None
        _TALKING.discard(self._held.token)
        if seat is not None and not seat.over:
            with suppress(BridgeBusyError, TimeoutError):
                await asyncio.wait_for(asyncio.wrap_future(LOOP.submit(ROOMS.leave(seat))), JOIN_S)
        self._why = None

    async def _join(self, offer: str, speaks: bool, muted: bool) -> None:
        await self.hang_up()
        client = self._member()
        name = str(client.members.get(self._me, {}).get("name", "")) if client is not None else ""
        try:
            joining = LOOP.submit(
                ROOMS.join(
                    self._session, self._me, name, offer, speaks=speaks, muted=muted, allowed=self._allowed, ended=self._ended
                )
            )  # fmt: skip
            seat, answer = await asyncio.wait_for(asyncio.wrap_future(joining), JOIN_S)
        except (OfferError, RoomError, BridgeBusyError) as problem:
            await self._send({"type": "refused", "why": str(problem)})
        except TimeoutError:
            await self._send({"type": "refused", "why": "The server did not find its own way to the network in time. Try again."})
        else:
            self._seat = seat
            _TALKING.add(self._held.token)
            await self._send({"type": "answer", "answer": answer})

    def _member(self) -> Client | None:
        """Return the app's own end of the session while the page's user is a member of it: the server's word, never the browser's."""
        client = together.client_of(self._held)
        return client if client is not None and client.session == self._session and client.you == self._me and client.role else None

    def _allowed(self) -> bool:
        return not self._gone and self._member() is not None

    def _ended(self, why: str) -> None:
        self._why = why
        self._changed()

    def _changed(self) -> None:
        with suppress(RuntimeError):  # the server's loop is gone: nobody is left to tell
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _send(self, content: dict[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(content).decode())


def _for_browser(relay: Relay) -> dict[str, Any]:
    """Return a server as a browser takes it. A browser must show a TURN server the credential, so the people of a session get it."""
    shown = {"urls": list(relay.urls), "username": relay.username, "credential": relay.credential}
    return {name: value for name, value in shown.items() if value is not None}


ROUTES: list[BaseRoute] = [WebSocketRoute("/api/voice", voice)]
