"""The account of one image's proof: what was found, told as it is found, and how much time is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.proving.failing import own_fault
from engine.proving.needs import Needs
from engine.proving.plan import Task
from engine.proving.records import Fact, ImageProof, LineEvent, Outcome, ProofEvent, Step, StepEvent
from providers.cleaning import clean
from workspace.containers import Sandbox
from workspace.secrets import mask_quick

Tell = Callable[[ProofEvent], None]

LOG_LINES = 40


class Ended(Exception):
    """The proof of this image cannot go on; what was found so far stands."""


@dataclass
class Running:
    """A container that was started, its first process, and when, by the monotonic clock."""

    container: str
    pid: int
    began: float


class Account:
    """Keeps `proof` up to date and tells each step and line; `deadline` is monotonic seconds."""

    def __init__(self, box: Sandbox, task: Task, needs: Needs, tell: Tell, deadline: float) -> None:
        self.box = box
        self.task = task
        self.needs = needs
        self.deadline = deadline
        self.proof = ImageProof(path=task.path, name=task.name, expected_port=task.port, made_up=needs.made_up)
        self._tell = tell
        self._missing = needs.unmet

    def _unready(self, step: Step, text: str, rule: str, line: int | None) -> None:
        """Record a failure, or that nothing is known where it may come of services that were not there."""
        if self._missing and not own_fault(text):
            names = ", ".join(dict.fromkeys(self._missing))
            self.proof = replace(self.proof, unsettled=True)
            self._fact(step, Outcome.NOT_CHECKED, f"did not become ready without its services ({names}): {text}")
        else:
            self._fact(step, Outcome.FAILED, text, rule, line)

    async def _log(self, running: Running) -> tuple[str, ...]:
        log = tuple(self._clean(line) for line in await self.box.logs(running.container, LOG_LINES))
        self.proof = replace(self.proof, log=log)
        for line in log:
            self._tell(LineEvent(self.task.path, Step.START, line))
        return log

    def _begin(self, step: Step) -> None:
        if self._left() <= 0:
            self._fact(step, Outcome.NOT_CHECKED, "the time of this proof was up")
            raise Ended
        self._tell(StepEvent(self.task.path, step, Outcome.RUNNING))

    def _fact(self, step: Step, outcome: Outcome, text: str, rule: str = "", line: int | None = None, seconds: float = 0.0) -> None:
        text = self._clean(text)
        self.proof = replace(self.proof, facts=(*self.proof.facts, Fact(step, outcome, text, rule, line, seconds)))
        self._tell(StepEvent(self.task.path, step, outcome, text, seconds or None))

    def _lines(self, step: Step) -> Callable[[str], None]:
        return lambda line: self._tell(LineEvent(self.task.path, step, self._clean(line)))

    def _clean(self, line: str) -> str:
        """Mask secrets, drop control characters and keep our own folder's name out of what people read."""
        return clean(mask_quick(line.replace(f"{self.box.context}/", "").replace(str(self.box.folder), "")))

    def _left(self, most: float = float("inf")) -> float:
        return max(0.0, min(most, self.deadline - time.monotonic()))

    def _line_of(self, step: str) -> int | None:
        """Return the line of the instruction a builder names."""
        wanted = " ".join(step.split())[:60]
        for instruction in self.task.dockerfile.instructions:
            if wanted and " ".join(f"{instruction.op} {instruction.rest}".split()).startswith(wanted):
                return instruction.line
        return None
