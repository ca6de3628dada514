"""A verdict repaired by whoever of its preset is ready, and by the architect: the use case behind `--repair` and the Repair button."""

from __future__ import annotations

from architect.request import Request
from artifacts.records import Expectations
from config import Settings
from engine.assemble import Tuning, VendorConfigs
from engine.refine import Refinement, refine, refined_verdict
from engine.refining.holes import holes
from engine.refining.limits import MAX_ITERATIONS
from engine.refining.members import close, repairers
from engine.refining.records import OnProgress
from providers.presets import Preset
from providers.records import Verdict


async def repair(
    verdict: Verdict,
    request: Request | None,
    expectations: Expectations | None,
    preset: Preset,
    settings: Settings,
    *,
    configs: VendorConfigs | None = None,
    tuning: Tuning | None = None,
    max_iterations: int | None = None,
    on_event: OnProgress | None = None,
) -> tuple[Verdict, Refinement]:
    """Return the repaired verdict, or the same where nothing improved, and the record of what was tried.

    There are at most `max_iterations` rounds, else as many as the user's tuning says, else three.
    A run that is limited to one member is repaired by that member alone. Cancelling it closes the calls.
    """
    members = repairers(verdict, preset, settings, configs, tuning)
    try:
        refinement = await refine(
            verdict.artifacts,
            request,
            expectations,
            members,
            assessment=verdict.assessment,
            max_iterations=max_iterations or (tuning.repair_rounds if tuning else None) or MAX_ITERATIONS,
            on_event=on_event,
        )
    finally:
        await close(members)
    return refined_verdict(verdict, refinement), refinement


def repairable(verdict: Verdict, expectations: Expectations | None) -> int:
    """Return how many findings and missing files of a verdict there are to repair."""
    if verdict.assessment is None or not verdict.artifacts:
        return 0
    return len(holes(verdict.assessment, expectations, {}))
