"""Many prompts through one ensemble, a bounded number at a time, with progress."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from providers.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is: `index` is the prompt that was just answered or failed, `elapsed_s` counts from the start."""

    done: int
    failed: int
    total: int
    index: int
    elapsed_s: float


OnProgress = Callable[[Progress], Awaitable[None] | None]


async def run_all(
    items: Iterable[Any],
    answer: Callable[[Any], Awaitable[tuple[dict[str, Any], bool]]],
    concurrency: int,
    on_progress: OnProgress | None,
) -> list[dict[str, Any]]:
    """Return `answer` of every item in their order; `answer` returns a result and whether it is good.

    Cancelling cancels what runs. An exception of `answer` or of `on_progress` ends the batch.
    """
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        raise ConfigurationError(f"`concurrency` must be a whole number from 1 upwards; got {concurrency!r}.")
    todo = list(items)
    results: list[dict[str, Any]] = [{} for _ in todo]
    started = time.monotonic()
    rest = iter(enumerate(todo))
    done = failed = 0

    async def worker() -> None:
        nonlocal done, failed
        for index, item in rest:
            results[index], good = await answer(item)
            done += 1
            failed += not good
            if on_progress is not None:
                elapsed = time.monotonic() - started
                told = on_progress(Progress(done=done, failed=failed, total=len(todo), index=index, elapsed_s=elapsed))
                if inspect.isawaitable(told):
                    await told

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(todo))):
                group.create_task(worker())
    except BaseExceptionGroup as error:
        raise error.exceptions[0] from None
    return results
