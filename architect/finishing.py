"""The last step of many stacks: stages and facts put together into an image plan."""

from __future__ import annotations

from collections.abc import Sequence

from architect.plan import ImagePlan, Stage
from architect.profile import Component

PROGRAM = "the program itself is PID 1 and gets the signals"


def finished(
    component: Component,
    stages: Sequence[Stage],
    health: tuple[str, ...] | None,
    *,
    start: tuple[str, ...] = (),
    why_start: str = PROGRAM,
    start_period: int = 10,
    writable: tuple[str, ...] = (),
    stop_signal: str | None = None,
    init: bool = False,
) -> ImagePlan:
    """Return the plan of these stages with the component's start, port and health; `start` is used where no fact says otherwise."""
    return ImagePlan(
        stages=tuple(stages),
        start=component.start.value if component.start else start,
        port=component.port.value if component.port else None,
        health_path=component.health.value if component.health else None,
        health_command=health,
        health_start_period=start_period,
        writable=writable,
        stop_signal=stop_signal,
        init=init,
        why_start=why_start,
        why_port=component.port.note if component.port else "",
        start_evidence=component.start.evidence if component.start else (),
        port_evidence=component.port.evidence if component.port else (),
    )
