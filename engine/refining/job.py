"""A repair while it happens."""

from __future__ import annotations

from engine.job import Job
from engine.refining.records import Progress, Refinement
from providers.records import Verdict


class RepairJob(Job[Progress, tuple[Verdict, Refinement]]):
    """One repair of one run's verdict, as it was `before`."""

    def __init__(self, before: Verdict) -> None:
        super().__init__("repair", Progress(0, 0, "looks at what there is to repair", 0))
        self.before = before
        self.run_id = before.run_id

    @property
    def verdict(self) -> Verdict | None:
        """Return the repaired verdict, None before it is done."""
        return self.result[0] if self.result is not None else None

    @property
    def refinement(self) -> Refinement | None:
        """Return the record of what was tried, None before it is done."""
        return self.result[1] if self.result is not None else None
