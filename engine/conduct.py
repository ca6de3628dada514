"""Runs a prepared question to its end for whoever watches: every outcome, also an unforeseen one, ends in the live run."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from engine import generate
from engine.generate import Prepared
from engine.live import LiveRun
from engine.runs import RunStore
from providers.ensemble import EnsembleProvider
from providers.errors import EnsembleError
from providers.events import Event, MemberDelta, RunFailed, RunFinished
from providers.merging import FRAMES_PER_SECOND, Merger
from providers.records import Verdict
from telemetry.logs import get_logger

log = get_logger(__name__)


Repair = Callable[[Verdict], Awaitable[Verdict]]


async def conduct(
    live: LiveRun,
    prepared: Prepared,
    ensemble: EnsembleProvider,
    *,
    store: RunStore | None,
    owner: str,
    workspace: str,
    preset: str,
    repair: Repair | None = None,
    rate: float = FRAMES_PER_SECOND,
) -> None:
    """Ask the ensemble, tell `live` what happens, keep the verdict, close the ensemble. Cancelling this stops the run.

    What the members say reaches `live` in frames, at most `rate` a second; everything else at once, after what was said before it.

    The run ends when its verdict is in the history, and with `repair` when it is repaired; one that is stopped meanwhile keeps
    the verdict as it was.
    """
    ends: list[RunFinished] = []
    merger = Merger(rate)

    async def hear(event: Event) -> None:
        match event:
            case MemberDelta():
                await merger.say(event.member, event.text, event.logprobs)
                return
            case RunFinished():
                live.take_rest(merger.rest())
                live.keep(event.verdict)
                ends.append(event)
                return
            case RunFailed():
                live.take_rest(merger.rest())
            case _:
                live.take_rest(merger.take(getattr(event, "member", "")))
        live.feed(event)

    framing = asyncio.create_task(_frame(merger, live))
    try:
        verdict = await generate.run(
            prepared, ensemble, store=store, owner=owner, workspace=workspace, preset=preset, on_event=hear, minutes=live.minutes
        )
        if repair is not None:
            live.keep(verdict)
            verdict = await _repaired(verdict, repair)
            if store is not None:
                verdict = await generate.keep_changed(store, verdict, owner=owner)
        for event in ends:
            live.feed(replace(event, verdict=verdict))
    except EnsembleError as error:
        live.fail(type(error).__name__, error.message)
    except asyncio.CancelledError:
        live.cancel()
        raise
    except Exception:
        identity = secrets.token_hex(4)
        log.exception("run failed", error_id=identity)
        live.fail("InternalError", f"The program failed while it ran this. Its log has the details under error id {identity}.")
    finally:
        merger.end()
        await framing
        await ensemble.aclose()


async def _frame(merger: Merger, live: LiveRun) -> None:
    async for batch in merger:
        live.take(batch)


async def _repaired(verdict: Verdict, repair: Repair) -> Verdict:
    """Return the repaired verdict; where the repair itself fails, the verdict with a warning that says so."""
    try:
        return await repair(verdict)
    except Exception:
        identity = secrets.token_hex(4)
        log.exception("repair failed", error_id=identity)
        told = f"The result was not repaired: the program failed while it tried. Its log has the details under error id {identity}."
        return replace(verdict, warnings=(*verdict.warnings, told))
