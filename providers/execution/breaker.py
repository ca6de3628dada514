"""Stop asking a member whose vendor is down, let one call in now and then to see whether it is back, and never stop asking everybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from providers.base import Answer, CallOptions, OnDelta, Prompt, Provider
from providers.errors import CircuitOpen, ConnectionFailed, LocalLimit, ProviderError, RateLimited, VendorTimeout, VendorUnavailable
from providers.wrapper import Wrapper

THRESHOLD = 5
"""Failures in a row that open a breaker."""
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 300.0
"""How long a breaker stays open: doubled each time the probe fails, up to the longest."""
LEAST_PATIENCE_S = 10.0
"""A timeout says something about the vendor only when it was given this long; a user's short deadline must not shut others out."""


class BreakerState(StrEnum):
    """What a breaker does with the next call: pass it, refuse it, or let one through as a probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a call that was let in hands back with its outcome. `trial` marks one that went in although the breaker was not closed."""

    generation: int
    trial: bool


class Breaker:
    """The state machine alone: no I/O, and time is the clock's. One for every vendor, model, address and key.

    A call's outcome counts only for the state it was let in by, so that stragglers of an outage do not open what has just closed.
    """

    def __init__(
        self,
        *,
        threshold: int = THRESHOLD,
        first_pause_s: float = FIRST_PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._threshold = threshold
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._clock = clock
        self._failures = 0
        self._generation = 0
        self._pause_s = 0.0
        self._until: float | None = None
        self._probes = 0

    @property
    def state(self) -> BreakerState:
        """Return the state as of now."""
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self._until else BreakerState.HALF_OPEN

    @property
    def opens_in_s(self) -> float:
        """Return the seconds until the next probe may be made, 0 where a call may be made now."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    @property
    def ends(self) -> float:
        """Return when the pause ends, on the clock; lower is sooner, and a closed breaker is soonest of all."""
        return float("-inf") if self._until is None else self._until

    def admits(self) -> bool:
        """Tell whether a call may be made now."""
        state = self.state
        return state is BreakerState.CLOSED or (state is BreakerState.HALF_OPEN and not self._probes)

    def enter(self) -> Ticket:
        """Let a call in, also one that `admits` would not: then its outcome decides as a probe's does."""
        trial = self._until is not None
        self._probes += trial
        return Ticket(self._generation, trial)

    def succeeded(self, ticket: Ticket) -> None:
        """Take in that the vendor answered, if only with a refusal: the breaker closes."""
        self._leave(ticket)
        if ticket.generation == self._generation:
            self._failures = 0
            if self._until is not None:
                self._until, self._pause_s = None, 0.0
                self._next_generation()

    def failed(self, ticket: Ticket) -> None:
        """Take in that the vendor did not answer: a row of these opens the breaker, a failed probe opens it for longer."""
        self._leave(ticket)
        if ticket.generation != self._generation:
            return
        if self._until is None:
            self._failures += 1
            if self._failures >= self._threshold:
                self._open()
        elif self._clock() >= self._until:
            self._open()

    def left(self, ticket: Ticket) -> None:
        """Take in that a call ended without saying anything about the vendor, by being cancelled for example."""
        self._leave(ticket)

    def _leave(self, ticket: Ticket) -> None:
        if ticket.trial and ticket.generation == self._generation:
            self._probes -= 1

    def _open(self) -> None:
        self._pause_s = min(self._longest_pause_s, self._pause_s * 2 or self._first_pause_s)
        self._until = self._clock() + self._pause_s
        self._failures = 0
        self._next_generation()

    def _next_generation(self) -> None:
        self._generation += 1
        self._probes = 0


def may_call(breaker: Breaker, group: Sequence[Breaker]) -> bool:
    """Tell whether a member may be asked: when nobody of its group could be, the one whose pause ends first is (SECURITY 30)."""
    if breaker.admits():
        return True
    if any(other.admits() for other in group):
        return False
    return breaker is min(group, key=lambda other: other.ends, default=breaker)


class Break(Wrapper):
    """Raises CircuitOpen at once while the member's breaker is open and somebody else of the group can answer.

    `group` are the breakers of all members of the ensemble, this one's among them.
    """

    def __init__(self, inner: Provider, breaker: Breaker, group: Sequence[Breaker] = ()):
        super().__init__(inner)
        self.breaker = breaker
        self._group = group

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, and note what its outcome says about the vendor."""
        if not may_call(self.breaker, self._group):
            seconds = self.breaker.opens_in_s
            when = f"it is tried again in {seconds:.0f} s" if seconds else "a call is finding out whether it is back"
            raise CircuitOpen(f"{self.label} failed several times in a row and is not asked for now; {when}.", vendor=self.id)
        ticket = self.breaker.enter()
        started = time.monotonic()
        try:
            answer = await self.inner.complete(prompt, options, on_delta)
        except ProviderError as error:
            if says_nothing(error, time.monotonic() - started):
                self.breaker.left(ticket)
            elif isinstance(error, VendorUnavailable | ConnectionFailed | VendorTimeout | RateLimited):
                self.breaker.failed(ticket)
            else:  # refused, not found, wrong key: the vendor is there
                self.breaker.succeeded(ticket)
            raise
        except (asyncio.CancelledError, Exception):
            self.breaker.left(ticket)
            raise
        self.breaker.succeeded(ticket)
        return answer


def says_nothing(error: ProviderError, elapsed_s: float) -> bool:
    """Tell whether an error tells nothing about the vendor: our own limit, or a time that was too short for anybody."""
    return isinstance(error, LocalLimit) or (isinstance(error, VendorTimeout) and elapsed_s < LEAST_PATIENCE_S)
