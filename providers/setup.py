"""What all runs of one ensemble share."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from artifacts.records import Assessment, Expectations
from providers.normalisation import Normalise
from providers.pace import Paces
from providers.schedule import Execution, Limits
from providers.seats import Seat, everyone
from providers.strategy import Rules, Strategy

Assess = Callable[[str, Expectations | None], Awaitable[Assessment]]

FALLBACK_SHARE = 0.25
LONGEST_FALLBACK_S = 5.0
"""Part of the run's time, and the most of it, that is kept for the members that stand in."""
AGGREGATOR_SHARE = 0.35
LONGEST_AGGREGATOR_S = 60.0
"""The same for the aggregator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The members with their stand-ins and aggregators, the rules, and the judge. `timeout` is seconds for a run."""

    seats: tuple[Seat, ...]
    fallback: tuple[Seat, ...]
    aggregators: tuple[Seat, ...]
    strategy: Strategy
    execution: Execution
    rules: Rules
    limits: Limits
    normalise: Normalise
    timeout: float
    min_responses: int | None
    assess: Assess
    paces: Paces = field(default_factory=Paces)

    @property
    def at_least(self) -> int:
        """Return below how many answers an execution does not stop by itself."""
        return min(len(self.seats), self.min_responses or max(self.execution.enough, self.strategy.needs))

    def required(self, *, settled: bool) -> int:
        """Return how many answers a run needs: as told, else half of the members, rounded up.

        One is enough for an execution that looks for one good answer, two where a run ended early because they agreed.
        """
        if self.min_responses is not None:
            return self.min_responses
        half = math.ceil(len(self.seats) / 2)
        if self.execution.enough == 1:
            return 1
        return min(2, half) if settled else half

    def kept_back(self, seconds: float) -> float:
        """Return how much of the run's seconds the members must leave to those who come after them."""
        kept = 0.0
        if self.fallback or any(seat.substitutes for seat in self.seats):
            kept += min(LONGEST_FALLBACK_S, FALLBACK_SHARE * seconds)
        if self.aggregators:
            kept += min(LONGEST_AGGREGATOR_S, AGGREGATOR_SHARE * seconds)
        return kept

    def all_seats(self) -> tuple[Seat, ...]:
        """Return the seats of everybody who may be asked in a run."""
        return (*everyone(self.seats), *everyone(self.fallback), *self.aggregators)


def may_stream(setup: Setup, streaming: bool | None, *, heard: bool) -> bool:
    """Tell whether members stream: as told, else when somebody listens or when a stream's failure has a remedy."""
    if streaming is not None:
        return streaming
    return heard or any(seat.substitutes for seat in setup.seats)
