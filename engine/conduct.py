"""Runs a prepared question to its end for whoever watches: every outcome, also an unforeseen one, ends in the live run."""

from __future__ import annotations

import asyncio
import secrets

from engine import generate
from engine.generate import Prepared
from engine.live import LiveRun
from engine.runs import RunStore
from providers.ensemble import EnsembleProvider
from providers.errors import EnsembleError
from telemetry.logs import get_logger

log = get_logger(__name__)


async def conduct(
    live: LiveRun, prepared: Prepared, ensemble: EnsembleProvider, *, store: RunStore | None, owner: str, workspace: str, preset: str
) -> None:
    """Ask the ensemble, tell `live` what happens, keep the verdict, close the ensemble. Cancelling this stops the run."""
    try:
        await generate.run(prepared, ensemble, store=store, owner=owner, workspace=workspace, preset=preset, on_event=live.feed)
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
        await ensemble.aclose()
