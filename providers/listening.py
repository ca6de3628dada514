"""Hand events to whoever listens; who listens cannot end the run."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from providers import outcomes
from providers.events import Event

log = logging.getLogger(__name__)

Listener = Callable[[Event], Awaitable[None] | None]


class Teller:
    """Tells one run's events to its listeners and knows the run's clock. `warnings` say which listeners failed."""

    def __init__(self, run_id: str, started: float, listeners: Sequence[Listener]):
        self.run_id = run_id
        self.warnings: list[str] = []
        self._started = started
        self._listeners = list(listeners)

    @property
    def listening(self) -> bool:
        """Tell whether anybody listens; where nobody does, no event need be made."""
        return bool(self._listeners)

    def now(self) -> float:
        """Return milliseconds since the run's start."""
        return self.since_start(time.monotonic())

    def since_start(self, moment: float) -> float:
        """Return a moment of the monotonic clock as milliseconds since the run's start."""
        return (moment - self._started) * 1000

    async def tell(self, event: Event) -> None:
        """Hand the event to every listener and wait for each: a slow one holds the member back. One that fails is told nothing more."""
        for listener in tuple(self._listeners):
            try:
                result = listener(event)
                if inspect.isawaitable(result):
                    await result
            except Exception as error:  # noqa: BLE001 - a listener may raise anything
                if listener in self._listeners:
                    self._listeners.remove(listener)
                log.error("a listener failed on %s: %s", event.name, outcomes.where(error))
                self.warnings.append(f"A listener failed with {type(error).__name__} and was told nothing more.")
