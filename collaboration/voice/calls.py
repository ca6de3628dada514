"""One person's call: the peer connection with the browser, what comes in decoded, what goes out encoded. Imported with the first join."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction

import aioice.ice
import av
import numpy as np
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.audio.codeccontext import AudioCodecContext

from collaboration.voice.mixer import RATE, Ear, Samples
from collaboration.voice.rooms import OfferError, Relay

BITS_PER_S = 32_000
QUEUE = 8
"""Encoded frames that wait for the network, 160 ms at most; the oldest makes room."""
MOST_CANDIDATES = 24
CONNECT_S = 20.0
_ADDRESSES = aioice.ice.get_host_addresses
_OPUS = re.compile(r"^a=rtpmap:\d+ opus/48000/2\s*$", re.MULTILINE | re.IGNORECASE)


def _addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Return this machine's addresses; the loopback where it has no other, so that browsers on it reach the app all the same."""
    return _ADDRESSES(use_ipv4, use_ipv6) or ["127.0.0.1"]


aioice.ice.get_host_addresses = _addresses


class Call:
    """A call over WebRTC. `ended` is called once, with the reason in words, when the connection is over by itself."""

    def __init__(self, relays: Sequence[Relay], ended: Callable[[str], None]):
        servers = [RTCIceServer(list(relay.urls), relay.username, relay.credential) for relay in relays]
        # the list is given also where it is empty: left out, the library would ask a public server
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._ended = ended
        self._voice = _Outgoing()
        self._encoder = _encoder()
        self._hearing: asyncio.Task[None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self.ear = Ear()
        self.muted = False
        self._peer.on("track", self._track)
        self._peer.on("connectionstatechange", self._changed)

    @property
    def connected(self) -> bool:
        """Tell whether sound can pass."""
        return bool(self._peer.connectionState == "connected")

    async def answer(self, offer: str) -> str:
        """Take the browser's offer and return the answer. Raises OfferError when it is not one of a voice room's pages."""
        way = self._peer.addTransceiver(self._voice, direction="sendrecv")
        way.setCodecPreferences([codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType.lower() == "audio/opus"])
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(_cleaned(offer), "offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except OfferError:
            raise
        except Exception as problem:  # the library parses what a browser wrote, and fails in many ways
            raise OfferError("This browser's offer of a connection was not understood.") from problem
        self._patience = asyncio.get_running_loop().call_later(CONNECT_S, self._too_late)
        return str(self._peer.localDescription.sdp)

    def mute(self, muted: bool) -> None:
        """Hear the person, or not: whatever arrives while muted is dropped."""
        self.muted = muted
        self.ear.forget()

    def say(self, samples: Samples, at: int) -> None:
        """Send the browser a frame of sound; `at` counts samples since the room began."""
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in self._encoder.encode(frame):
            packet.pts, packet.time_base = at, Fraction(1, RATE)
            self._voice.put(packet)

    async def close(self) -> None:
        """End the call and free what it holds; nothing happens when it is over."""
        if self._patience is not None:
            self._patience.cancel()
        self._ended = _nobody
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        self._voice.stop()
        await self._peer.close()

    def _track(self, track: MediaStreamTrack) -> None:
        if self._hearing is None and track.kind == "audio":
            self._hearing = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, av.AudioFrame) and not self.muted and frame.sample_rate == RATE:
                    self.ear.put(_mono(frame))

    def _changed(self) -> None:
        state = self._peer.connectionState
        if state == "connected" and self._patience is not None:
            self._patience.cancel()
        elif state == "failed":
            self._over("The connection of this call was lost.")
        elif state == "closed":
            self._over("This browser ended the call.")

    def _too_late(self) -> None:
        if not self.connected:
            self._over("No way for the sound was found between this browser and the server.")

    def _over(self, why: str) -> None:
        ended, self._ended = self._ended, _nobody
        ended(why)


class _Outgoing(MediaStreamTrack):
    """The mix on its way to one browser, already encoded."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[av.Packet] = asyncio.Queue(QUEUE)

    def put(self, packet: av.Packet) -> None:
        if self._packets.full():
            self._packets.get_nowait()
        self._packets.put_nowait(packet)

    async def recv(self) -> av.Packet:
        if self.readyState != "live":
            raise MediaStreamError
        return await self._packets.get()


def _encoder() -> AudioCodecContext:
    """Make an Opus encoder for speech: one channel at a third of the bits that the library would send for music."""
    made = av.CodecContext.create("libopus", "w")
    assert isinstance(made, AudioCodecContext)
    made.bit_rate, made.sample_rate, made.format, made.layout = BITS_PER_S, RATE, "s16", "mono"
    made.time_base = Fraction(1, RATE)
    made.options = {"application": "voip", "compression_level": "5", "frame_duration": "20"}
    return made


def _mono(frame: av.AudioFrame) -> Samples:
    """Return a decoded frame's samples as one channel, whatever packing and number of channels it has."""
    values, channels = frame.to_ndarray(), frame.layout.nb_channels
    sound: Samples = values.astype(np.int16) if values.dtype == np.int16 else np.clip(values * 32_767, -32_768, 32_767).astype(np.int16)
    if channels == 1:
        return sound.reshape(-1)
    pairs = sound.reshape(-1, channels) if sound.shape[0] == 1 else sound.T
    return pairs.mean(axis=1).astype(np.int16)


def _cleaned(offer: str) -> str:
    """Return an offer of one voice and nothing else, without names to look up and with few addresses to try."""
    media = re.findall(r"^m=(\S+)", offer, re.MULTILINE)
    if media != ["audio"] or not _OPUS.search(offer):
        raise OfferError("A voice room takes one sound, as Opus, and nothing else.")
    lines, candidates = [], 0
    for line in offer.splitlines():
        if line.startswith("a=candidate:"):
            candidates += 1
            parts = line.split()
            if candidates > MOST_CANDIDATES or len(parts) < 6 or not re.fullmatch(r"[0-9A-Fa-f.:]+", parts[4]):
                continue  # a name of the browser's own network; the connection's first packet tells the address
        lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def _nobody(_why: str) -> None:
    """Tell nobody: whoever ended the call knows."""
