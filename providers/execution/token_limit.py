"""Send a vendor no more tokens a minute than allowed: a call waits until its own fit, and one that would wait too long fails at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from providers import pictures, tokens, waiting
from providers.base import Answer, CallOptions, OnDelta, Prompt, Provider
from providers.errors import LocalLimit
from providers.execution.limit import LEAST_WAIT_S, SHORTEST_CALL_S, WINDOW_S
from providers.wrapper import Wrapper

EXPECTED_ANSWER = 500
"""Tokens an answer is taken for until it is there, where the call's own bound is not lower."""


@dataclass(slots=True)
class Taken:
    """The tokens of one call: as estimated, and as counted once it has ended."""

    at: float
    tokens: int


class TokenWindow:
    """Tokens of one user at one vendor in the last `seconds`, in this process. Holds a record a call of that time."""

    def __init__(self, limit: int, seconds: float = WINDOW_S, clock: Callable[[], float] = time.monotonic):
        self.limit = limit
        self._seconds = seconds
        self._clock = clock
        self._taken: deque[Taken] = deque()

    @property
    def used(self) -> int:
        """Return the tokens of the window as it is now."""
        self._forget()
        return sum(entry.tokens for entry in self._taken)

    def take(self, wanted: int) -> Taken | float:
        """Take so many tokens and return the record of it, or return how many seconds there is no room.

        A call larger than the whole limit goes alone, when the window is empty: whether it is too large is the vendor's to say.
        """
        free = self.limit - self.used
        if wanted <= free or not self._taken:
            entry = Taken(self._clock(), wanted)
            self._taken.append(entry)
            return entry
        wait = 0.0
        for entry in self._taken:
            free += entry.tokens
            wait = entry.at + self._seconds - self._clock()
            if wanted <= free:
                break
        return wait

    def _forget(self) -> None:
        now = self._clock()
        while self._taken and self._taken[0].at <= now - self._seconds:
            self._taken.popleft()


class TokenLimit(Wrapper):
    """Waits until the vendor may be sent this call's tokens; raises LocalLimit at once where that is after the deadline.

    A call counts as estimated while it runs and as the vendor counted it afterwards, so a long answer makes the next call wait.
    """

    def __init__(self, inner: Provider, window: TokenWindow, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep):
        super().__init__(inner)
        self._window = window
        self._sleep = sleep

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does, when there is room for it."""
        asked = prompt.tokens + len(prompt.images) * pictures.TOKENS
        wanted = asked + min(options.max_tokens or EXPECTED_ANSWER, EXPECTED_ANSWER)
        taken = self._window.take(wanted)
        while not isinstance(taken, Taken):
            if options.deadline is not None and time.monotonic() + taken + SHORTEST_CALL_S > options.deadline:
                raise LocalLimit(
                    f"The limit of {self._window.limit:,} tokens a minute to {self.label} leaves no room for about {wanted:,};"
                    f" there is some in {taken:.0f} s.",
                    vendor=self.id,
                )
            await waiting.tell(f"It waits for its turn: {self._window.limit:,} tokens a minute are used up, room comes in {taken:.0f} s.")
            await self._sleep(max(LEAST_WAIT_S, taken))
            taken = self._window.take(wanted)
            if isinstance(taken, Taken):
                await waiting.tell("")
        answer = await self.inner.complete(prompt, options, on_delta)
        said, usage = tokens.estimate(answer.text), answer.usage
        taken.tokens = (asked if usage.input_tokens is None else usage.input_tokens) + (usage.output_tokens or said)
        return answer
