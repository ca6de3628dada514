"""The mix of a voice room, without any network: bounded queues of samples, levels, and for each what all the others say.

Sound is 16-bit mono at RATE, cut into frames of FRAME samples (20 ms).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]
Who = TypeVar("Who", bound=Hashable)

RATE = 48_000
FRAME = 960
FRAME_S = FRAME / RATE
MOST = 10 * FRAME
"""Samples of one person that wait for the mix, 200 ms at most: beyond that the oldest are dropped, so that nobody lags behind."""
PRIMED = 2 * FRAME
"""Samples that are there before one begins to be mixed, so that a late packet is no gap."""

FULL = 32_768.0
SILENCE_DB = -70.0
"""Below this nothing is mixed: what is sent while all are silent is nothing."""
SPEAKS_DB = -45.0
STEPS_DB = (-45.0, -35.0, -25.0, -15.0)
"""Loudness, in decibels below full scale, from which a level of 1, 2, 3, 4 is shown."""
HOLD = 25
"""Frames for which somebody who paused still counts as speaking: half a second."""

FALLS = 5


class Ear:
    """What one person says on its way into the mix, and how loud it is."""

    def __init__(self) -> None:
        self._waiting: Samples = np.zeros(0, np.int16)
        self._flows = False
        self._quiet = HOLD
        self._falling = 0
        self.level = 0

    @property
    def waiting(self) -> int:
        """Return how many samples wait."""
        return len(self._waiting)

    @property
    def speaking(self) -> bool:
        """Tell whether the person speaks, or did so a moment ago."""
        return self._quiet < HOLD

    def put(self, samples: Samples) -> None:
        """Take what arrived; of too much the oldest is dropped."""
        self._waiting = np.concatenate((self._waiting, samples))[-MOST:]

    def forget(self) -> None:
        """Drop what waits: what was said before a mute is not heard after it."""
        self._waiting = self._waiting[:0]
        self._flows, self._quiet, self.level = False, HOLD, 0

    def take(self) -> Samples | None:
        """Return the next frame; None while there is none, or it is silence."""
        if len(self._waiting) < (FRAME if self._flows else PRIMED):
            self._flows = False
            self._heard(SILENCE_DB)
            return None
        self._flows = True
        frame, self._waiting = self._waiting[:FRAME], self._waiting[FRAME:]
        loudness = decibels(frame)
        self._heard(loudness)
        return frame if loudness > SILENCE_DB else None

    def _heard(self, loudness: float) -> None:
        """Follow the loudness: the level rises at once and falls by one every FALLS frames, so that it can be read."""
        self._quiet = 0 if loudness >= SPEAKS_DB else min(self._quiet + 1, HOLD)
        now = sum(loudness >= step for step in STEPS_DB)
        self._falling = self._falling + 1 if now < self.level else 0
        if now > self.level or self._falling >= FALLS:
            self.level, self._falling = max(now, self.level - 1), 0


def decibels(frame: Samples) -> float:
    """Return the loudness of a frame in decibels below full scale, from SILENCE_DB - 20 to 0."""
    power = float(np.mean(np.square(frame, dtype=np.float32))) / (FULL * FULL)
    return max(10.0 * float(np.log10(power)), SILENCE_DB - 20) if power > 0 else SILENCE_DB - 20


def silence() -> Samples:
    """Return a frame without sound."""
    return np.zeros(FRAME, np.int16)


def mixed(said: Mapping[Who, Samples]) -> dict[Who | None, Samples]:
    """Return for everybody who says something what all the others say; under None what the listeners hear. Nothing of silence.

    Nobody ever hears themself: the own frame is left out of the sum, not turned down.
    """
    if not said:
        return {}
    total = np.zeros(FRAME, np.int32)
    for frame in said.values():
        total += frame
    heard: dict[Who | None, Samples] = {None: _clipped(total)}
    if len(said) > 1:
        heard.update((who, _clipped(total - frame)) for who, frame in said.items())
    return heard


def _clipped(total: NDArray[np.int32]) -> Samples:
    return np.clip(total, -32_768, 32_767).astype(np.int16)
