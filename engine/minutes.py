"""The minutes of a live council: a bounded, evenly spread record of its figures, for the picture during and after the run."""

from __future__ import annotations

from providers.frames import Council
from providers.records import Minutes, Moment

FIRST_INTERVAL_MS = 125.0
MAX_MOMENTS = 160
"""Moments kept of a run; when there are more, every second one goes and the pace is halved."""


class MinuteTaker:
    """Notes the council's figures now and then. Times are milliseconds since the run's start."""

    def __init__(self) -> None:
        self._members: list[str] = []
        self._moments: list[Moment] = []
        self._interval = FIRST_INTERVAL_MS
        self.turn = 0
        """Grows when kept moments were thinned out, so that a watcher knows to take them anew."""

    def note(self, council: Council, now: float, *, last: bool = False) -> None:
        """Note this instant if the last one noted is long enough ago, or if it is the last of the run."""
        if self._moments and now - self._moments[-1].at_ms < self._interval and not last:
            return
        energies = council.energies(now)
        self._members.extend(member for member in energies if member not in self._members)
        reading = council.reading()
        self._moments.append(
            Moment(
                at_ms=round(now, 1),
                energy=_short(council.energy(now)),
                diversity=_short(reading.diversity) if reading.measured else None,
                agreement=_short(reading.agreement),
                resonance=reading.resonance.value,
                energies=tuple(_short(energies.get(member)) for member in self._members),
            )
        )
        if len(self._moments) > MAX_MOMENTS:
            self._moments = self._moments[::2]
            self._interval *= 2
            self.turn += 1

    def since(self, turn: int, count: int) -> tuple[Moment, ...]:
        """Return what a watcher lacks that has so many moments of this turn; all of them when the turn is another."""
        return tuple(self._moments[count:] if turn == self.turn else self._moments)

    def __len__(self) -> int:
        """Return how many moments are kept."""
        return len(self._moments)

    @property
    def members(self) -> tuple[str, ...]:
        """Return the ids whose energies the moments hold, in their order."""
        return tuple(self._members)

    def minutes(self) -> Minutes | None:
        """Return what is kept; None where nothing was streamed."""
        streamed = any(moment.energy is not None or moment.agreement is not None for moment in self._moments)
        return Minutes(self.members, tuple(self._moments)) if streamed else None


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
