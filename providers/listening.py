"""Hand events to whoever listens; who listens cannot end the run."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable

from providers import outcomes
from providers.events import Event

log = logging.getLogger(__name__)

Listener = Callable[[Event], Awaitable[None] | None]


async def tell(listeners: list[Listener], event: Event) -> str:
    """Hand the event to every listener and wait for each: a slow one holds the member back.

    One that fails is taken off the list; the returned sentence says so, and is empty when all went well.
    """
    warning = ""
    for listener in tuple(listeners):
        try:
            result = listener(event)
            if inspect.isawaitable(result):
                await result
        except Exception as error:  # noqa: BLE001 - a listener may raise anything
            if listener in listeners:
                listeners.remove(listener)
            log.error("a listener failed on %s: %s", event.name, outcomes.where(error))
            warning = f"A listener failed with {type(error).__name__} and was told nothing more."
    return warning
