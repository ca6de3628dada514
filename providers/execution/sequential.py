"""Sequential: one member at a time, as long as the answers do not agree."""

from __future__ import annotations

from providers.schedule import Plan


class Sequential:
    """Calls members in order and stops at `min_consensus`: slower, and cheaper when the first ones agree."""

    id = "sequential"
    label = "Sequential"
    rule = "One member after the other, until the answers agree."
    at_once = False
    enough = 2
    options: tuple[str, ...] = ("min_consensus",)

    async def execute(self, plan: Plan) -> str:
        """Ask the next member while there are too few answers or too little agreement."""
        failed = None
        for member in plan.by_priority():
            if failed is not None:
                await plan.replaced(failed, member)
            await plan.call(member)
            failed = None if plan.good(member) else member
            agreed = await plan.agreement()
            if plan.answered() >= plan.at_least and agreed is not None and agreed >= plan.limits.min_consensus - 1e-9:
                return "The answers before it agreed."
        return ""
