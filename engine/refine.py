"""Progressive refinement (SPEC §7): what the validators find is repaired file by file, and only what improves the answer is kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from architect.request import Request
from artifacts.judge import assess_artifacts
from artifacts.parse import parse_answer
from artifacts.records import Artifact, Assessment, Expectations
from engine.choose import REPAIRED, recomposed
from engine.prompts.repair import repair_prompt
from engine.refining import deterministic
from engine.refining.holes import holes
from engine.refining.judging import better, gain, worth
from engine.refining.limits import MAX_ITERATIONS
from engine.refining.members import Repairer, routed
from engine.refining.records import Attempt, Hole, Lack, OnProgress, Progress, Refinement
from providers import pricing
from providers.errors import EnsembleError
from providers.records import Verdict

__all__ = ["Attempt", "Hole", "Lack", "Progress", "Refinement", "Repairer", "refine", "refined_verdict"]

ARCHITECT = "architect"
LABEL = "Built-in architect"
MOST_FILES = 12
"""Files repaired in one round; the worst first."""


async def refine(
    artifacts: Sequence[Artifact],
    request: Request | None,
    expectations: Expectations | None,
    members: Sequence[Repairer] = (),
    *,
    assessment: Assessment | None = None,
    max_iterations: int = MAX_ITERATIONS,
    on_event: OnProgress | None = None,
) -> Refinement:
    """Repair an answer until nothing is left to repair, nothing improves, or `max_iterations` rounds have passed.

    In a round every file with a hole is tried: by the rules' own fixes, by the routed members in their order, and by the
    architect, decision by decision and at last its whole file. The first attempt that improves the answer is kept; every
    attempt is kept in the record with its assessment. Cancelling it leaves the answer as it was.
    """
    began = time.monotonic()
    before = assessment if assessment is not None else await assess_artifacts(artifacts, expectations)
    models = await asyncio.to_thread(deterministic.renderings, request)
    work = _Work(before, request, expectations, members, models, max_iterations, on_event)
    rounds, stopped = 0, f"after {max_iterations} round{'s' * (max_iterations != 1)}, the most allowed"
    for number in range(1, max_iterations + 1):
        todo = holes(work.now, expectations, models)
        if not todo:
            stopped = "nothing is left to repair"
            break
        rounds = number
        if not await work.round(number, todo):
            stopped = "no attempt of the last round improved the answer"
            break
    else:
        if not holes(work.now, expectations, models):
            stopped = "nothing is left to repair"
    return Refinement(
        before=before,
        artifacts=work.now.artifacts,
        assessment=work.now,
        attempts=tuple(work.attempts),
        rounds=rounds,
        stopped=stopped,
        cost_usd=pricing.total(tuple(attempt.cost_usd for attempt in work.attempts)) if work.attempts else 0.0,
        latency_ms=(time.monotonic() - began) * 1000,
    )


def refined_verdict(verdict: Verdict, refinement: Refinement) -> Verdict:
    """Return the verdict with the repaired files, saying who repaired what; the same verdict where nothing was kept."""
    if not refinement.improved:
        return verdict
    told = tuple(f"{REPAIRED}{attempt.label} {attempt.how} in {attempt.path} ({attempt.why})." for attempt in refinement.accepted)
    costs = (verdict.cost_usd, refinement.cost_usd)
    return replace(
        recomposed(verdict, refinement.artifacts, refinement.assessment, (*told, *verdict.reasons)),
        cost_usd=pricing.total(costs),
        latency_ms=verdict.latency_ms + refinement.latency_ms,
    )


class _Work:
    """One refinement in progress: the best answer so far and everything that was tried."""

    def __init__(
        self,
        now: Assessment,
        request: Request | None,
        expectations: Expectations | None,
        members: Sequence[Repairer],
        models: Mapping[str, tuple[Artifact, ...]],
        rounds: int,
        on_event: OnProgress | None,
    ) -> None:
        self.now = now
        self.attempts: list[Attempt] = []
        self._request = request
        self._expectations = expectations
        self._members = members
        self._models = models
        self._rounds = rounds
        self._on_event = on_event
        self._number = 0
        self._left = 0
        self._seen: set[tuple[Artifact, ...]] = {now.artifacts}

    async def round(self, number: int, todo: Sequence[Hole]) -> bool:
        """Try every file with a hole once; return whether anything improved."""
        self._number, improved = number, False
        for path in list(dict.fromkeys(hole.path for hole in todo))[:MOST_FILES]:
            current = holes(self.now, self._expectations, self._models)
            self._left = len(current)
            if mine := [hole for hole in current if hole.path == path]:
                improved = await self._repair(path, mine) or improved
        return improved

    async def _repair(self, path: str, todo: Sequence[Hole]) -> bool:
        """Try one file, the cheapest repair first; a kept repair still leaves what is pressing to the next one."""
        if self._file(path) is None:
            kept = await self._by_architect(path, todo)
        else:
            kept = await self._mechanically(path, todo)
        todo = self._still(path)
        if any(hole.pressing for hole in todo):
            asked, why = routed(self._members, todo)
            if why:
                self._tell(f"{path}: {why}")
            for member in asked:
                if await self._by_member(member, path, todo):
                    kept, todo = True, self._still(path)
                    break
        if todo and await self._by_architect(path, todo):
            kept = True
        return kept

    async def _mechanically(self, path: str, todo: Sequence[Hole]) -> bool:
        artifact = self._file(path)
        for how, artifacts in deterministic.fixes(artifact, self.now.artifacts, todo) if artifact else ():
            if await self._judge(ARCHITECT, LABEL, path, how, artifacts):
                return True
        return False

    async def _by_architect(self, path: str, todo: Sequence[Hole]) -> bool:
        models, kept = self._models.get(path, ()), False
        artifact = self._file(path)
        for how, donor, decision in deterministic.single_decisions(artifact, self.now.artifacts, todo, models) if artifact else ():
            mine = self._file(path)
            made = deterministic.taken(mine, decision, donor) if mine else None
            if made is not None and await self._judge(ARCHITECT, LABEL, path, how, deterministic.replaced(self.now.artifacts, made)):
                kept = True
        todo = self._still(path)
        best: tuple[tuple[int, float, int], str, tuple[Artifact, ...], Assessment] | None = None
        for how, artifacts in deterministic.whole_files(path, self.now.artifacts, todo, models):
            judged = await assess_artifacts(artifacts, self._expectations)
            if best is None or worth(judged) > best[0]:
                best = (worth(judged), how, artifacts, judged)
        if best is not None:
            kept = await self._judge(ARCHITECT, LABEL, path, best[1], best[2], judged=best[3]) or kept
        return kept

    async def _by_member(self, member: Repairer, path: str, todo: Sequence[Hole]) -> bool:
        """Ask one member for the file; a member that fails is an attempt that was not kept."""
        self._tell(f"{member.label} repairs {path}")
        began = time.monotonic()
        how = "wrote the file anew"
        tried = [f"{attempt.how}: {attempt.why}" for attempt in self.attempts if attempt.path == path and not attempt.accepted]
        try:
            text, cost = await member.ask(repair_prompt(path, self.now.artifacts, todo, self._request, tried))
        except EnsembleError as error:
            self._note(member.id, member.label, path, "was asked", f"it failed: {error.message}", began)
            return False
        parsed = await asyncio.to_thread(parse_answer, text, (path,))
        made = next((artifact for artifact in parsed.artifacts if artifact.path == path), None)
        if made is None:
            why = parsed.problems[0] if parsed.problems else f"the answer holds no {path}"
            self._note(member.id, member.label, path, "answered", why, began, cost)
            return False
        artifacts = deterministic.replaced(self.now.artifacts, made)
        return await self._judge(member.id, member.label, path, how, artifacts, cost=cost, began=began)

    async def _judge(
        self,
        by: str,
        label: str,
        path: str,
        how: str,
        artifacts: tuple[Artifact, ...],
        *,
        judged: Assessment | None = None,
        cost: float | None = 0.0,
        began: float | None = None,
    ) -> bool:
        """Judge the answer as it would become, keep it where it is better, and note the attempt; a repetition is not tried again."""
        if artifacts in self._seen:
            return False
        self._seen.add(artifacts)
        self._tell(f"{label}: {how} in {path}")
        began = time.monotonic() if began is None else began
        new = judged if judged is not None else await assess_artifacts(artifacts, self._expectations)
        against = better(new, self.now)
        self._note(by, label, path, how, against or gain(new, self.now), began, cost, artifacts, new, accepted=not against)
        if not against:
            self.now = new
        return not against

    def _note(
        self,
        by: str,
        label: str,
        path: str,
        how: str,
        why: str,
        began: float,
        cost: float | None = 0.0,
        artifacts: tuple[Artifact, ...] = (),
        assessment: Assessment | None = None,
        *,
        accepted: bool = False,
    ) -> None:
        self.attempts.append(
            Attempt(
                round=self._number,
                by=by,
                label=label,
                path=path,
                how=how,
                accepted=accepted,
                why=why,
                artifacts=artifacts,
                assessment=assessment,
                cost_usd=cost,
                latency_ms=(time.monotonic() - began) * 1000,
            )
        )
        self._tell(f"{path}: {'kept' if accepted else 'not kept'}, {why}")

    def _still(self, path: str) -> list[Hole]:
        return [hole for hole in holes(self.now, self._expectations, self._models) if hole.path == path]

    def _file(self, path: str) -> Artifact | None:
        return next((artifact for artifact in self.now.artifacts if artifact.path == path), None)

    def _tell(self, doing: str) -> None:
        if self._on_event is not None:
            self._on_event(Progress(self._number, self._rounds, doing, self._left, tuple(self.attempts)))
