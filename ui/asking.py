"""The answer's socket: streams what a question gets to the page that asked it, at the pace the browser can take (SPEC §7, §8)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from engine.asking.progress import Progress
from engine.job import Job
from providers.cleaning import clean
from ui.council import FRAME_S, HEARTBEAT_S, WINDOW
from ui.sockets import greeted, received, refused, served


async def answering(socket: WebSocket) -> None:
    """Serve one page: `{"session", "job"}` first, then `{"ack": n}` and `{"stop": true}` from it, frames to it."""
    session, said = await greeted(socket)
    job = session.asking if session is not None else None
    if job is None or job.id != said.get("job"):
        await refused(socket)
        return
    listener = _Listener(socket, job)
    await served(socket, listener.send(), listener.listen())


class Cursor:
    """What one page has been told of each voice; the answer itself is the voice without a name."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def frame(self, now: Progress, number: int, over: bool) -> dict[str, Any]:
        """Return what is new since the frame before."""
        labels = {pick.expert: pick.label for pick in now.picks}
        voices = [self._voice("", "", "answering", now.text)]
        for expert, said in now.experts.items():
            state = "failed" if said.problem else "answered" if said.by else "answering"
            voices.append(self._voice(expert, labels.get(expert, expert), state, said.problem or said.text))
        return {
            "n": number,
            "over": over,
            "badges": [pick.label for pick in now.picks],
            "why": "; ".join(f"{pick.label}: {pick.why}" for pick in now.picks)[:600],
            "doing": "Choosing who answers" if now.chosen_by is None else "Waiting for the first words",
            "voices": voices,
            "notes": [clean(note)[:400] for note in now.notes],
        }

    def _voice(self, voice: str, label: str, state: str, text: str) -> dict[str, Any]:
        told = self._told.get(voice, "")
        reset = not text.startswith(told)
        self._told[voice] = text
        return {"id": voice, "label": label, "state": state, "text": clean(text if reset else text[len(told) :]), "reset": reset}


class _Listener:
    """One page that hears one answer."""

    def __init__(self, socket: WebSocket, job: Job[Progress, Any]) -> None:
        self._socket = socket
        self._job = job
        self._sent = 0
        self._acknowledged = 0
        self._wake = asyncio.Event()

    async def send(self) -> None:
        """Send frames until the job is over and its last words are sent."""
        loop = asyncio.get_running_loop()

        def changed() -> None:
            if not self._wake.is_set():
                with suppress(RuntimeError):  # the loop closes while a job ends
                    loop.call_soon_threadsafe(self._wake.set)

        unsubscribe = self._job.subscribe(changed)
        cursor = Cursor()
        last = -FRAME_S
        try:
            while True:
                wait = last + FRAME_S - loop.time()
                if wait > 0:
                    await asyncio.sleep(wait)
                self._wake.clear()
                over = self._job.over
                if over or self._sent - self._acknowledged < WINDOW:
                    last = loop.time()
                    self._sent += 1
                    await self._socket.send_text(orjson.dumps(cursor.frame(self._job.progress, self._sent, over)).decode())
                    if over:
                        return
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), HEARTBEAT_S)
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            unsubscribe()

    async def listen(self) -> None:
        """Take acknowledgements and the stop message; anything else ends the socket."""
        while True:
            match await received(self._socket):
                case {"ack": int(number)}:
                    self._acknowledged = max(self._acknowledged, min(number, self._sent))
                    self._wake.set()
                case {"stop": True}:
                    self._job.cancel()
                case _:
                    return
