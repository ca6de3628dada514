"""The use case of experiments (SPEC §10): every question to every configuration, bounded, resumable, within a budget, then the figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from engine.assemble import assemble
from engine.experiments import figures, grading
from engine.experiments.keeping import Answers
from engine.experiments.planning import Experiment, Run
from engine.experiments.records import ExperimentProblem, Forecast, Outcome, Progress, Recorded, Results
from providers import pricing
from providers.ensemble import EnsembleProvider
from providers.errors import BudgetExceeded, ConfigurationError, ConsensusNotReached, EnsembleError
from providers.records import Candidate, Status

CONCURRENCY = 4
MOST_CONCURRENCY = 16

OnProgress = Callable[[Progress], None]


async def forecast(experiment: Experiment, answers: Answers | None = None) -> Forecast:
    """Return what is still to be asked and about what it would cost. Nothing is called."""
    kept = answers.read() if answers is not None else {}
    askable = [run for run in experiment.runs if not run.why_not]
    left = [run for run in askable if run.key not in kept]
    costs: list[float | None] = []
    unknown: dict[str, None] = {}
    calls = 0
    async with AsyncExitStack() as stack:
        ensembles = _Ensembles(experiment, stack)
        for run in left:
            ensemble = await ensembles.of(run)
            estimate = ensemble.estimate_cost(run.prompt)
            calls += len(estimate.members)
            costs.append(estimate.cost_usd)
            unknown.update(dict.fromkeys(estimate.unknown))
    open_ends: dict[str, list[str]] = {}
    for run in experiment.runs:
        if run.why_not:
            open_ends.setdefault(run.why_not, []).append(run.configuration.name)
    notes = [f"{count} of {len(experiment.runs)} runs are not made. {why}" for why, names in open_ends.items() if (count := len(names))]
    told = {entrant.configuration.name: entrant.team.sentence for entrant in experiment.entrants}
    sentences = dict.fromkeys(sentence for sentence in told.values() if sentence)
    return Forecast(
        runs=len(left),
        kept=len(askable) - len(left),
        calls=calls,
        cost_usd=pricing.total(tuple(costs)) if left else 0.0,
        unpriced=tuple(unknown),
        notes=(*notes, *sentences),
    )


async def conduct(
    experiment: Experiment,
    *,
    answers: Answers | None = None,
    concurrency: int = CONCURRENCY,
    budget_usd: float | None = None,
    on_progress: OnProgress | None = None,
) -> Results:
    """Ask what is not in `answers` yet, at most `concurrency` runs at once, and return the results.

    No further run begins once what was spent, what those under way would cost and what it would cost exceed `budget_usd`. Cancelling
    it cancels every call; what was answered by then stays in `answers`.
    """
    kept = await asyncio.to_thread(answers.read) if answers is not None else {}
    board = _Board(experiment, kept, on_progress)
    purse = _Purse(budget_usd)
    waiting = iter([run for run in experiment.runs if run.key not in board.done and not run.why_not])
    problem: BaseException | None = None
    async with AsyncExitStack() as stack:
        ensembles = _Ensembles(experiment, stack)

        async def work() -> None:
            for run in waiting:  # one iterator for all workers: each takes the next
                ensemble = await ensembles.of(run)
                expected = ensemble.estimate_cost(run.prompt).cost_usd or 0.0
                if not purse.reserve(expected):
                    board.note = f"Stopped at the budget of ${purse.limit:g}: what is left was not asked. Resume with a larger one."
                    return
                entry = await _ask(run, ensemble, len(ensemble.members))
                purse.settle(expected, entry.candidates)
                if answers is not None:
                    await asyncio.to_thread(answers.keep, entry)
                board.put(entry, purse.spent)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, min(concurrency, MOST_CONCURRENCY))):
                    group.create_task(work())
        except* ExperimentProblem as several:
            problem = several.exceptions[0]
    if problem is not None:
        raise problem
    return await results(experiment, board.recorded, note=board.note)


async def results(experiment: Experiment, recorded: Sequence[Recorded], *, note: str = "", replay: bool = True) -> Results:
    """Return the figures of what was recorded; without `replay` only those that cost no time, for a table that fills."""
    rows = []
    for entrant in experiment.entrants:
        name = entrant.configuration.name
        own = [entry for entry in recorded if entry.configuration == name]
        reasons = dict.fromkeys(entry.problem for entry in own if entry.outcome is Outcome.NOT_ASKED and entry.problem)
        made = figures.row(name, own, experiment.questions, tuple(text for text in (entrant.team.sentence, *reasons) if text))
        if replay:
            curve, ablation, alone, said = await figures.replayed(
                own, experiment.questions, entrant.strategy, threshold=entrant.threshold, weights_given=entrant.weighed
            )
            made = replace(made, curve=curve, ablation=ablation, alone=alone, notes=(*made.notes, *said))
        rows.append(made)
    best, said = figures.words(recorded, [entry.configuration for entry in rows], experiment.questions)
    seen = {entry.key for entry in recorded if entry.outcome in (Outcome.RIGHT, Outcome.WRONG)}
    finished = all(run.why_not or run.key in seen for run in experiment.runs)
    return Results(
        title=experiment.title,
        rows=tuple(rows),
        best=best,
        notes=tuple(text for text in (note, *said) if text),
        recorded=tuple(recorded),
        finished=finished,
    )


class _Board:
    """What is known so far, told after every run."""

    def __init__(self, experiment: Experiment, kept: Mapping[str, Recorded], on_progress: OnProgress | None) -> None:
        self._runs = experiment.runs
        self._on_progress = on_progress
        self.note = ""
        self._spent = 0.0
        self._by_run: dict[int, Recorded] = {}
        self._places: dict[str, list[int]] = {}
        for at, run in enumerate(self._runs):
            self._places.setdefault(run.key, []).append(at)
            if run.why_not:
                self._by_run[at] = _recorded(run, Outcome.NOT_ASKED, problem=run.why_not)
            elif run.key in kept:
                self._by_run[at] = _again(run, kept[run.key])
        self.done = {run.key for run in self._runs if run.key in kept}
        self._not_asked = sum(bool(run.why_not) for run in self._runs)
        self._kept = sum(run.key in kept and not run.why_not for run in self._runs)
        self._tell()

    @property
    def recorded(self) -> tuple[Recorded, ...]:
        return tuple(self._by_run[at] for at in sorted(self._by_run))

    def put(self, entry: Recorded, spent: float) -> None:
        self._spent = spent
        at = next(at for at in self._places[entry.key] if self._runs[at].configuration.name == entry.configuration)
        self._by_run[at] = entry
        self._tell()

    def _tell(self) -> None:
        if self._on_progress is not None:
            told = Progress(
                done=len(self._by_run) - self._not_asked,
                total=len(self._runs) - self._not_asked,
                kept=self._kept,
                spent_usd=self._spent,
                recorded=self.recorded,
                note=self.note,
            )
            self._on_progress(told)


class _Purse:
    """What an experiment may still spend: known costs, and estimates of what is under way."""

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.spent = 0.0
        self._reserved = 0.0

    def reserve(self, expected: float) -> bool:
        if self.limit is not None and self.spent + self._reserved + expected > self.limit + 1e-12:
            return False
        self._reserved += expected
        return True

    def settle(self, expected: float, candidates: Sequence[Candidate]) -> None:
        self._reserved -= expected
        self.spent += pricing.total(tuple(entry.cost_usd for entry in candidates)) or 0.0


class _Ensembles:
    """One ensemble a configuration and normalisation, made at its first question and closed with the experiment."""

    def __init__(self, experiment: Experiment, stack: AsyncExitStack) -> None:
        self._experiment = experiment
        self._stack = stack
        self._made: dict[tuple[str, str], EnsembleProvider] = {}

    async def of(self, run: Run) -> EnsembleProvider:
        place = (run.configuration.name, run.question.normalization)
        if place not in self._made:
            entrant = next(entry for entry in self._experiment.entrants if entry.configuration.name == place[0])
            preset = entrant.preset.model_copy(update={"normalization": place[1]})
            try:
                ensemble, _ = assemble(preset, self._experiment.settings, self._experiment.configs, entrant.tuning)
            except ConfigurationError as problem:
                raise ExperimentProblem(f"Configuration {place[0]!r}: {problem.message}") from None
            self._stack.push_async_callback(ensemble.aclose)
            self._made[place] = ensemble
        return self._made[place]


async def _ask(run: Run, ensemble: EnsembleProvider, size: int) -> Recorded:
    started = time.monotonic()
    try:
        verdict = await ensemble.run(run.prompt)
    except BudgetExceeded as error:
        return _recorded(run, Outcome.NOT_ASKED, problem=error.message)
    except ConsensusNotReached as error:
        # the members answered and the strategy did its work: no answer is this configuration's answer, and it is not right
        members = _members(error.candidates, size)
        took = (time.monotonic() - started) * 1000
        return _recorded(
            run,
            Outcome.WRONG,
            problem=error.message,
            consensus=error.consensus,
            latency_ms=took,
            cost_usd=_cost(_all(error.candidates)),
            candidates=members,
        )
    except EnsembleError as error:
        took = (time.monotonic() - started) * 1000
        return _recorded(
            run,
            Outcome.FAILED,
            problem=error.message,
            latency_ms=took,
            cost_usd=_cost(_all(error.candidates)),
            candidates=_members(error.candidates, size),
        )
    outcome, measure = grading.graded(run.question, verdict.text, verdict.assessment)
    return _recorded(
        run,
        outcome,
        measure=measure,
        text=verdict.text,
        winner=verdict.winner or "",
        consensus=verdict.consensus if size > 1 else None,
        latency_ms=verdict.latency_ms,
        cost_usd=_cost(verdict.candidates),
        candidates=_members(verdict.candidates, size),
    )


def _recorded(run: Run, outcome: Outcome, **found: object) -> Recorded:
    return Recorded(key=run.key, question=run.question.id, configuration=run.configuration.name, outcome=outcome, **found)  # type: ignore[arg-type]


def _again(run: Run, entry: Recorded) -> Recorded:
    """Return a kept run under today's names, graded by today's expected answers."""
    named = replace(entry, question=run.question.id, configuration=run.configuration.name)
    if entry.problem:
        return named
    winner = next((candidate for candidate in entry.candidates if candidate.member.id == entry.winner), None)
    if run.question.of_files and winner is None:
        return named
    outcome, measure = grading.graded(run.question, entry.text, winner.assessment if winner else None)
    return replace(named, outcome=outcome, measure=measure)


def _all(candidates: Sequence[object]) -> tuple[Candidate, ...]:
    return tuple(entry for entry in candidates if isinstance(entry, Candidate))


def _members(candidates: Sequence[object], size: int) -> tuple[Candidate, ...]:
    """Return the ensemble's own members, without those that stood in for them or merged their answers."""
    return tuple(entry for entry in _all(candidates) if entry.member.role == "member" and entry.member.index < size)


def _cost(candidates: Sequence[Candidate]) -> float | None:
    """Return what a run cost, None where any answer's price is unknown."""
    answered = [entry for entry in candidates if entry.status is Status.SUCCESS]
    if any(entry.cost_usd is None for entry in answered):
        return None
    return sum(entry.cost_usd or 0.0 for entry in candidates)
