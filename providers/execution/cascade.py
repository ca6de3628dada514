"""Cascade: one member at a time in the order of their priority, until an answer is good enough."""

from __future__ import annotations

from providers.records import Member
from providers.schedule import Plan


class Cascade:
    """Asks the cheap or trusted member first and a further one only if the answer's score or confidence is too low."""

    id = "cascade"
    label = "Cascade"
    rule = "One member after the other in order of priority, until one's score or confidence is high enough."
    at_once = False
    enough = 1
    options: tuple[str, ...] = ("confidence_threshold",)

    async def execute(self, plan: Plan) -> str:
        """Stop at the first member whose answer stands at the threshold."""
        threshold = plan.limits.confidence_threshold
        best: float | None = None
        failed: Member | None = None
        for member in plan.by_priority():
            if failed is not None:
                await plan.replaced(failed, member)
            await plan.call(member)
            failed = None if plan.good(member) else member
            standing = await plan.standing(member)
            best = standing if best is None or (standing is not None and standing > best) else best
            if plan.answered() >= plan.at_least and standing is not None and standing >= threshold - 1e-9:
                return f"{member.id} reached {standing:.2f}; {threshold:.2f} was enough."
        if best is None or best < threshold - 1e-9:
            reached = f"the best stands at {best:.2f}" if best is not None else "how sure the members are is not known"
            plan.note(f"No answer reached {threshold:.2f} ({reached}), so every member was asked.")
        return ""
