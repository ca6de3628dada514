"""How fast each member answers, as measured: when a second call is worth making, and how many of them may be made."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import OrderedDict, deque

from providers.records import Member

WINDOW = 1_000
"""Calls that are remembered of one member."""
MEMBERS = 200
FEWEST = 3
"""With fewer measurements there is no delay to speak of."""
SLOW_SHARE = 0.05
"""The share of calls that count as slow: a second one is made at the 95th percentile (SPEC §6)."""
PADDING = 1.05
"""The delay over the percentile: what is slower by a hair is not slow."""
BUDGET_SHARE = 0.055
"""Each call earns this part of a further one, so that with those of the start no more than 6 % are made on top."""
BUDGET_START, BUDGET_MOST = 10.0, 50.0
JUDGED = 20
"""Hedges that are looked back on, to see whether they help."""
WORTH = 0.1
"""Share of them that must have been faster than the call they were to save."""
PROBE = 4
"""Where they are not, one in so many is made all the same, to see whether that has changed."""


class Pace:
    """What was measured of one member. Times are seconds."""

    def __init__(self) -> None:
        self._window: deque[float] = deque()
        self._sorted: list[float] = []
        self._budget = BUDGET_START
        self._won: deque[bool] = deque(maxlen=JUDGED)
        self._passed_over = 0

    def took(self, seconds: float) -> None:
        """Take in how long a call took; of one that was given up at the hedge, the delay, since no more is known of it."""
        if len(self._window) == WINDOW:
            del self._sorted[bisect_left(self._sorted, self._window.popleft())]
        self._window.append(seconds)
        insort(self._sorted, seconds)

    @property
    def median(self) -> float | None:
        """Return the time that half of the calls take; None while nothing was measured."""
        return self._sorted[len(self._sorted) // 2] if self._sorted else None

    @property
    def slow(self) -> float | None:
        """Return the 95th percentile, None with too few measurements.

        Where 5 % of the calls are slow, chance alone puts the plain percentile among the slow ones every other time. So the smallest
        time is taken that may be the percentile, given how few calls it is judged by: one standard error below.
        """
        count = len(self._sorted)
        if count < FEWEST:
            return None
        share = SLOW_SHARE + math.sqrt(SLOW_SHARE * (1 - SLOW_SHARE) / count)
        return self._sorted[max(0, math.ceil((1 - share) * count) - 1)]

    @property
    def delay(self) -> float | None:
        """Return after how long a call counts as slow: a little more than the percentile, so that the budget goes to no ordinary call."""
        slow = self.slow
        return None if slow is None else slow * PADDING

    def called(self) -> None:
        """Count a first call, which earns a part of a further one."""
        self._budget = min(BUDGET_MOST, self._budget + BUDGET_SHARE)

    def spend(self) -> bool:
        """Take one further call from the budget; tell whether there was one."""
        if self._budget < 1.0:
            return False
        self._budget -= 1.0
        return True

    def hedged(self, *, won: bool) -> None:
        """Take in whether the further call was the faster one."""
        self._won.append(won)

    def helps(self) -> bool:
        """Tell whether a further call is likely to be of use: off once they nearly never win, but for one try in four."""
        if len(self._won) < JUDGED // 2 or sum(self._won) / len(self._won) >= WORTH:
            return True
        self._passed_over += 1
        return self._passed_over % PROBE == 0


class Paces:
    """The pace of every member, by vendor and model; the longest unused one goes when there are too many.

    An ensemble has its own unless it is given one. It holds times and nothing that anybody asked or was told, so a server may keep one
    for all of its users.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Pace] = OrderedDict()

    def of(self, member: Member) -> Pace:
        """Return the member's pace."""
        key = (member.vendor, member.model)
        if key not in self._kept:
            self._kept[key] = Pace()
            while len(self._kept) > MEMBERS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]
