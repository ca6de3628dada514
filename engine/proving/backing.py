"""Starts the services an image needs, on a network without a way out, and waits until they answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from engine.proving.failing import not_ours
from engine.proving.needs import Backing
from workspace.containers import Launch, Sandbox, last_words
from workspace.errors import ProgramFailed
from workspace.processes import LineListener

READY_S = 60.0
_POLL_S = 0.5


class NotStarted(Exception):
    """A service could not be had or did not answer; the message names it and says why."""


async def start_backings(
    box: Sandbox, backings: Sequence[Backing], on_line: LineListener, left: Callable[[float], float]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Start every service and return the network's name and the addresses by name. Raises NotStarted."""
    for backing in backings:
        if not await box.has_image(backing.image):
            ended = await box.pull(backing.image, on_line=on_line, limit_s=left(600.0))
            if not ended.ok:
                raise NotStarted(
                    f"{backing.name}: the image {backing.image} could not be had here: {not_ours(ended.tail) or last_words(ended)}"
                )
    hosts: tuple[tuple[str, str], ...] = ()
    try:
        network = await box.make_network()
        for backing in backings:
            hosts += await _start(box, backing, network, hosts, left)
    except ProgramFailed as error:
        raise NotStarted(error.message) from error
    return network, hosts


async def _start(
    box: Sandbox, backing: Backing, network: str, hosts: tuple[tuple[str, str], ...], left: Callable[[float], float]
) -> tuple[tuple[str, str], ...]:
    launch = Launch(
        image=backing.image,
        name=box.name("service"),
        network=network,
        environment=backing.environment,
        hosts=hosts,
        command=backing.command,
        life_s=int(left(3600.0) + 60),
    )
    container = await box.create(launch)
    await box.start(container)
    state = await box.state(container)
    give_up = time.monotonic() + left(READY_S)
    while not await _ready(box, container, state.pid, backing):
        if not await box.alive(container, state.pid):
            said = await box.logs(container, 5)
            raise NotStarted(f"{backing.name} ended by itself: {said[-1] if said else 'it said nothing'}")
        if time.monotonic() > give_up:
            raise NotStarted(f"{backing.name} did not answer within {READY_S:.0f} s")
        await asyncio.sleep(_POLL_S)
    if not state.address:
        raise NotStarted(f"{backing.name} got no address on its network")
    return tuple((name, state.address) for name in dict.fromkeys((backing.name, *backing.aliases)))


async def _ready(box: Sandbox, container: str, pid: int, backing: Backing) -> bool:
    if backing.health:
        return (await box.execute(container, backing.health)).ok
    found = await box.listening(container, pid)
    return bool(found) if found is not None else True
