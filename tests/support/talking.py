"""Somebody who talks: the browser's end of a call made with aiortc, saying a tone and measuring which tones it hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from collaboration.voice.rooms import Rooms, Seat

RATE, FRAME = 48_000, 960


class Tone(MediaStreamTrack):
    """A sine in real time."""

    kind = "audio"

    def __init__(self, hz: float):
        super().__init__()
        self._wave = (np.sin(2 * np.pi * hz * np.arange(RATE) / RATE) * 8_000).astype(np.int16)  # whole periods a second
        self._number, self._began = 0, time.monotonic()

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(self._began + self._number * FRAME / RATE - time.monotonic())
        place = self._number * FRAME % RATE
        frame = av.AudioFrame.from_ndarray(self._wave[place : place + FRAME].reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._number * FRAME, Fraction(1, RATE)
        self._number += 1
        return frame


class Talker:
    """A person in a session's voice room who says a tone of this frequency, or only listens."""

    def __init__(self, name: str, hz: float = 0.0):
        self.name, self.hz = name, hz
        self.member = True
        self.told: list[str] = []
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._heard = np.zeros(0, np.int16)
        self._hearing: asyncio.Task[None] | None = None
        self.packets = 0
        self.seat: Seat | None = None
        self.peer.on("track", self._track)

    async def join(self, rooms: Rooms, session: str = "s", **options: bool) -> Seat:
        if self.hz:
            self.peer.addTrack(Tone(self.hz))
        else:
            self.peer.addTransceiver("audio", direction="recvonly")
        await self.peer.setLocalDescription(await self.peer.createOffer())
        self.seat, answer = await rooms.join(
            session, self.name, self.name.capitalize(), self.peer.localDescription.sdp,
            speaks=bool(self.hz), allowed=lambda: self.member, ended=self.told.append, **options,
        )  # fmt: skip
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        return self.seat

    async def connected(self) -> None:
        await until(lambda: self.peer.connectionState == "connected" and self.seat is not None and self.seat.call.connected)

    async def close(self) -> None:
        await self.peer.close()
        if self._hearing is not None:
            self._hearing.cancel()

    def forget(self) -> None:
        """Forget what was heard up to now."""
        self._heard = self._heard[:0]

    def strength(self, hz: float) -> float:
        """Return how strong a tone is in the last 200 ms heard, from 0 to about 8,000 (the talkers' own strength)."""
        heard = self._heard[-RATE // 5 :].astype(np.float64)
        if len(heard) < RATE // 5:
            return 0.0
        angle = 2 * np.pi * hz * np.arange(len(heard)) / RATE
        return float(2 * np.hypot(heard @ np.cos(angle), heard @ np.sin(angle)) / len(heard))

    def hears(self, hz: float) -> bool:
        return self.strength(hz) > 2_000

    def _track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.packets += 1
                samples = frame.to_ndarray().reshape(-1, 2)[:, 0]
                self._heard = np.concatenate((self._heard, samples))[-RATE:]


async def until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait for a condition, with the patience of a busy machine."""
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.02)
