"""How a call that has to wait for its turn says so, from below all wrappers to whoever listens to the run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

Told = Callable[[str], Awaitable[None]]

_LISTENER: ContextVar[Told | None] = ContextVar("waiting", default=None)


def listen(told: Told) -> None:
    """Have `told` awaited with a sentence whenever a call of this task begins to wait, and with "" when it goes on."""
    _LISTENER.set(told)


async def tell(why: str) -> None:
    """Say why the call waits, or with "" that it does no longer; nothing where nobody listens."""
    told = _LISTENER.get()
    if told is not None:
        await told(why)
