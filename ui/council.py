"""The council's socket: streams a live run to the page that started it, at the pace the browser can take (SPEC §8)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import fields
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from engine.live import Cursor, Frame, LiveRun, RunState
from ui.sessions import UNWATCHED_S, BrowserSession, cancel_unwatched
from ui.sockets import greeted, received, refused, served
from ui.together import shared_run

FRAME_S = 1 / 60
HEARTBEAT_S = 1.0
WINDOW = 6
"""Frames on their way that the browser has not acknowledged; beyond that, what happens is merged into the next frame."""


_FRAME = tuple(entry.name for entry in fields(Frame))

_ABANDONED: set[asyncio.Task[None]] = set()


async def council(socket: WebSocket) -> None:
    """Serve one page: `{"session", "run"}` first, then `{"ack": n}` and `{"stop": true}` from it, frames to it."""
    found = _named(*await greeted(socket))
    if found is None:
        await refused(socket)
        return
    run, own = found
    run.watchers += 1
    watch = _Watch(socket, run, own)
    try:
        await served(socket, watch.send(), watch.listen())
    finally:
        run.watchers -= 1
        if run.watchers == 0 and not run.over:
            keep = asyncio.create_task(cancel_unwatched(run, UNWATCHED_S))
            _ABANDONED.add(keep)
            keep.add_done_callback(_ABANDONED.discard)


class _Watch:
    """One page at one run. A run of a colleague can be watched and not be stopped."""

    def __init__(self, socket: WebSocket, run: LiveRun, own: bool):
        self._socket = socket
        self._own = own
        self._run = run
        self._sent = 0
        self._acknowledged = 0
        self._greeted: tuple[str, ...] | None = None
        self._wake = asyncio.Event()

    async def send(self) -> None:
        """Send the members, then frames until the run has ended and all of its text was sent."""
        loop = asyncio.get_running_loop()

        def changed() -> None:
            if not self._wake.is_set():
                with suppress(RuntimeError):  # the loop closes while a run ends
                    loop.call_soon_threadsafe(self._wake.set)

        unsubscribe = self._run.subscribe(changed)
        cursor = Cursor()
        last = -FRAME_S
        try:
            while True:
                wait = last + FRAME_S - loop.time()
                if wait > 0:
                    await asyncio.sleep(wait)
                self._wake.clear()
                if self._sent - self._acknowledged < WINDOW:
                    await self._introduce()
                    last = loop.time()
                    frame = self._run.frame(cursor)
                    self._sent += 1
                    await self._send(_frame(frame, self._sent))
                    if frame.state is not RunState.RUNNING and not frame.more:
                        return
                    if frame.more:
                        continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), HEARTBEAT_S)
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            unsubscribe()

    async def listen(self) -> None:
        """Take acknowledgements and the stop message; anything else ends the socket."""
        while True:
            message = await received(self._socket)
            match message:
                case {"ack": int(number)}:
                    self._acknowledged = max(self._acknowledged, min(number, self._sent))
                    self._wake.set()
                case {"stop": True} if self._own:
                    self._run.cancel()
                case _:
                    return

    async def _introduce(self) -> None:
        """Say who the members are, again when a run that was only announced names them."""
        ids = tuple(member.id for member in self._run.members)
        if ids != self._greeted:
            self._greeted = ids
            await self._send(_hello(self._run))

    async def _send(self, content: dict[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(content).decode())


def _named(session: BrowserSession | None, said: dict[str, Any]) -> tuple[LiveRun, bool] | None:
    """Return the run the page may watch and whether it is its own, None when its first message does not name one of its own."""
    if session is None or not isinstance(said.get("run"), str):
        return None
    if session.run is not None and session.run.run_id == said["run"]:
        return session.run, True
    colleague = shared_run(session, said["run"])
    return (colleague, False) if colleague is not None else None


def _hello(run: LiveRun) -> dict[str, Any]:
    members = [{"id": member.id, "label": member.label, "model": member.model, "vendor": member.vendor} for member in run.members]
    return {"type": "hello", "run": run.run_id, "members": members, "deadline_s": run.deadline_s}


def _frame(frame: Frame, number: int) -> dict[str, Any]:
    return {"type": "frame", "n": number, **{name: getattr(frame, name) for name in _FRAME}}
