"""What the app's own sockets share: one small message first that names the page's session, then two tasks until one of them ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ui.gate import BROWSER_HEADER
from ui.sessions import REGISTRY, BrowserSession

FIRST_MESSAGE_S = 5.0
MAX_MESSAGE = 2_048
GONE = 4404


async def greeted(socket: WebSocket) -> tuple[BrowserSession | None, dict[str, Any]]:
    """Take a page in: return its session and its first message; None for a page that names no session of its browser's in time."""
    await socket.accept()
    with suppress(TimeoutError):
        said = await asyncio.wait_for(received(socket), FIRST_MESSAGE_S)
        if isinstance(said, dict) and isinstance(said.get("session"), str):
            return REGISTRY.find(said["session"], socket.headers.get(BROWSER_HEADER, "")), said
    return None, {}


async def received(socket: WebSocket, most: int = MAX_MESSAGE) -> Any:
    """Return one small JSON message; None when the page is gone or sent something else, or more than `most` characters."""
    try:
        text = await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return None
    if len(text) > most:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


async def refused(socket: WebSocket) -> None:
    """Tell a page that what it asks for is not there for it."""
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.close(GONE)


async def served(socket: WebSocket, *parts: Coroutine[Any, Any, None]) -> None:
    """Run what sends to a page beside what listens to it, until the first of them ends; then end the others and the socket."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        if socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.close()
