"""Quorum: all members at once, until enough of them agree."""

from __future__ import annotations

import asyncio

from providers.schedule import Plan, cancel


class Quorum:
    """Calls everyone at the same time and stops waiting when `quorum` answers agree: as slow as the slowest of those."""

    id = "quorum"
    label = "Quorum"
    rule = "All members at once, until enough of them agree; the slow rest is cancelled."
    at_once = True
    enough = 2
    options: tuple[str, ...] = ("quorum", "min_consensus")

    async def execute(self, plan: Plan) -> str:
        """Wait until so many answers agree with one another; without a number, more than half of the members."""
        needed = min(plan.limits.quorum or len(plan.members) // 2 + 1, len(plan.members))
        running = {asyncio.ensure_future(plan.call(member)) for member in plan.members}
        try:
            while running:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if plan.answered() >= plan.at_least and await plan.agreeing() >= needed:
                    return f"{needed} answers that agree were there before it was done."
        finally:
            await cancel(running)
        if await plan.agreeing() < needed:
            plan.note(f"No {needed} answers agree, so every member was waited for.")
        return ""
