"""Parallel: all members at once, so that the run takes as long as its slowest member."""

from __future__ import annotations

import asyncio

from providers.schedule import Plan, cancel


class Parallel:
    """Calls everyone at the same time; may stop early when enough of all members agree, also while others still stream."""

    id = "parallel"
    label = "Parallel"
    rule = "All members at once: as fast as the slowest."
    at_once = True
    enough = 2
    options: tuple[str, ...] = ("early_stop_threshold",)

    async def execute(self, plan: Plan) -> str:
        """Wait for every member, or until the plan is settled; what is still running then is cancelled."""
        tasks = [asyncio.ensure_future(plan.call(member)) for member in plan.members]
        if plan.limits.early_stop is None:
            await asyncio.gather(*tasks)  # cancelling a gather cancels its children and waits for them
            return ""
        running = set(tasks)
        try:
            while running and not await plan.settled():
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            await cancel(running)
        return "Enough of the other members agreed before it was done."
