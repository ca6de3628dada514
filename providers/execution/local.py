"""Share this machine among local models: so many at work at a time as its tier bears, the one longest unused unloaded first (SPEC §8)."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from providers import waiting
from providers.base import Answer, CallOptions, OnDelta, Prompt, Provider
from providers.council import Tier
from providers.wrapper import Wrapper

log = logging.getLogger(__name__)

UNLOAD_S = 2.0
WARM_S = 120.0
"""How long loading a model ahead may take; a large one comes from the disk."""


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

    def has_room_for(self, model: str, limit: int) -> bool:
        """Tell whether the model could be loaded now without another one going for it; not where it is loaded already."""
        return model not in self._calls and len(self._calls) < limit

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


def _server(address: str) -> _Server:
    return _SERVERS.setdefault(asyncio.get_running_loop(), {}).setdefault(address, _Server())


@runtime_checkable
class Warmable(Protocol):
    """A local model that can be loaded without being asked anything."""

    async def warm(self, prompt: Prompt) -> None:
        """Load it for prompts of this size."""


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
        server = _server(self._server)
        waited = False
        while True:
            admitted, gone = server.places.enter(self.model, self._tier.local_models)
            if admitted:
                break
            if not waited:
                waited = True
                await waiting.tell(f"It waits for a place: {self._tier.local_models} local models work already.")
                continue  # one may have become free meanwhile
            server.changed.clear()
            await server.changed.wait()
        try:
            if waited:
                await waiting.tell("")
            for model in gone:
                await self._unload(model)
            return await self.inner.complete(prompt, options, on_delta)
        finally:
            server.places.leave(self.model)
            server.changed.set()

    async def warm(self, prompt: Prompt) -> bool:
        """Load the model ahead of its first call where there is room without unloading another; tell whether it was."""
        load = self.inner.innermost if isinstance(self.inner, Wrapper) else self.inner
        server = _server(self._server)
        if not (isinstance(load, Warmable) and self._tier.prewarms and server.places.has_room_for(self.model, self._tier.local_models)):
            return False
        server.places.enter(self.model, self._tier.local_models)
        try:
            await asyncio.wait_for(load.warm(prompt), WARM_S)
        except Exception as error:  # noqa: BLE001 - the call itself will say what is wrong, to the user who made it
            log.info("%s was not loaded ahead: %s", self.model, type(error).__name__)
            return False
        finally:
            server.places.leave(self.model)
            server.changed.set()
        return True

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


async def warm(providers: Iterable[Provider], prompt: Prompt) -> tuple[str, ...]:
    """Load the local models among these ahead of their first call, side by side; return the names of those that were."""
    found = [local for provider in providers if (local := _local(provider)) is not None]
    loaded = await asyncio.gather(*(local.warm(prompt) for local in found))
    return tuple(local.model for local, done in zip(found, loaded, strict=True) if done)


def are_local(providers: Iterable[Provider]) -> tuple[str, ...]:
    """Return the names of the models that run on this machine."""
    return tuple(local.model for provider in providers if (local := _local(provider)) is not None)


def _local(provider: Provider) -> Local | None:
    while isinstance(provider, Wrapper) and not isinstance(provider, Local):
        provider = provider.inner
    return provider if isinstance(provider, Local) else None
