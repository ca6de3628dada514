"""Sequential: one member at a time, as long as the answers do not agree."""

from __future__ import annotations

from providers.schedule import Plan


class Sequential:
    """Calls members in order and stops at `min_consensus`: slower, and cheaper when the first ones agree."""

    id = "sequential"
    label = "Sequential"
    rule = "One member after the other, until the answers agree."

    async def execute(self, plan: Plan) -> None:
        """Ask the next member while there are too few answers or too little agreement."""
        for member in plan.members:
            await plan.call(member)
            agreed = plan.agreement()
            if plan.answered() >= plan.at_least and agreed is not None and agreed >= plan.min_consensus - 1e-9:
                return
