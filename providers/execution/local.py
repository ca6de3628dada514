"""Share this machine among local models: so many at work at a time as its tier bears, the one longest unused unloaded first (SPEC §8)."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from weakref import WeakKeyDictionary

from providers.base import Answer, CallOptions, OnDelta, Prompt, Provider
from providers.council import Tier
from providers.wrapper import Wrapper

log = logging.getLogger(__name__)

UNLOAD_S = 2.0


class Places:
    """Which models of one local server are loaded and how many calls each has; the first is the one longest unused. Pure."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, int] = OrderedDict()

    def enter(self, model: str, limit: int) -> tuple[bool, tuple[str, ...]]:
        """Tell whether the model may work now and which idle ones must go for it; a model at work takes any number of calls."""
        working = sum(calls > 0 for calls in self._calls.values())
        if not self._calls.get(model) and working >= limit:
            return False, ()
        self._calls[model] = self._calls.get(model, 0) + 1
        idle = [name for name, calls in self._calls.items() if calls == 0]
        gone = tuple(idle[: max(0, len(self._calls) - limit)])
        for name in gone:
            del self._calls[name]
        return True, gone

    def leave(self, model: str) -> None:
        """A call of the model is over; it is the latest used now."""
        self._calls[model] -= 1
        self._calls.move_to_end(model)

    @property
    def loaded(self) -> tuple[str, ...]:
        """Return the models, the one longest unused first."""
        return tuple(self._calls)


class _Server:
    def __init__(self) -> None:
        self.places = Places()
        self.changed = asyncio.Event()


_SERVERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Server]] = WeakKeyDictionary()
"""What is shared by all runs of a loop, by the server's address: the machine's memory is one, whoever asks. Holds nothing of a user."""


class Local(Wrapper):
    """Waits until the machine has room for its model, and keeps the model loaded as long as the tier says."""

    def __init__(self, inner: Provider, server: str, tier: Tier):
        super().__init__(inner)
        self._server = server
        self._tier = tier
        if hasattr(inner, "keep_alive_s"):
            inner.keep_alive_s = tier.keep_alive_s

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Answer as `inner` does once there is room; the wait counts against the deadline like everything else."""
        server = _SERVERS.setdefault(asyncio.get_running_loop(), {}).setdefault(self._server, _Server())
        while True:
            admitted, gone = server.places.enter(self.model, self._tier.local_models)
            if admitted:
                break
            server.changed.clear()
            await server.changed.wait()
        try:
            for model in gone:
                await self._unload(model)
            return await self.inner.complete(prompt, options, on_delta)
        finally:
            server.places.leave(self.model)
            server.changed.set()

    async def _unload(self, model: str) -> None:
        """Ask the server to let go of a model; one that cannot be asked decides by itself."""
        unload = getattr(self.inner, "unload", None)
        if unload is None:
            return
        try:
            await asyncio.wait_for(unload(model), UNLOAD_S)
        except Exception as error:  # noqa: BLE001 - the call that needs the room matters more than the one that gave it
            log.info("%s was not unloaded: %s", model, type(error).__name__)


def limited(provider: Provider, tier: Tier) -> Provider:
    """Return the provider within the machine's limits where its server is on this machine, else as it is."""
    server = getattr(provider, "local_server", "")
    return Local(provider, server, tier) if server else provider
