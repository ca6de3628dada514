"""Replays published answers of several models to the same coding tasks through our strategies: is the choice better than the best member?

`evidence_replay.py FOLDER [FOLDER ...]`: each FOLDER is a checkout of jamesmurdza/humaneval-results, or holds result files (*.jsonl) of
zaiyichen0411/MapCoder-Reproduction, one a member. No model is called. Whether an answer is right is what its publisher's hidden tests said;
our validator sees the examples in the task's own text only, run in a bounded child without a network where that can be had.
"What earlier runs saw" weighs each member by how many of its answers to the tasks before passed that validator: it needs no labels.
"Records" weighs them by how many were right on the tasks of the other folds, which only a labelled history would know.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from artifacts.programs.judge import assess_program
from artifacts.programs.task import examples, read_task
from artifacts.records import Assessment, Expectations, ProgramTask
from benchmarks.support.replay_data import Task, read
from config import Settings
from providers.base import Answer, CallOptions, OnDelta, Prompt
from providers.ensemble import EnsembleProvider
from providers.records import Candidate, Verdict
from providers.reputation import reputations

FOLDS = 5
LIMIT_S = 15.0


class Replayed:
    """A member that gives its published answer."""

    def __init__(self, name: str, text: str) -> None:
        self.id, self.model, self.label = "replay", name, name
        self.text = text

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None) -> Answer:
        """Return the published text."""
        return Answer(text=self.text, model=self.model)

    async def models(self) -> tuple[str, ...]:
        """Return its name."""
        return (self.model,)

    async def aclose(self) -> None:
        """Do nothing."""
        return None


@dataclass
class Validator:
    """The product's validator of programs; the same answer to the same task is run once."""

    known: dict[tuple[str, str], Assessment] = field(default_factory=dict)

    async def judge(self, task: Task, text: str) -> Assessment:
        """Return what the examples say of an answer."""
        key = (task.id, text)
        if key not in self.known:
            wanted = read_task(task.prompt) or ProgramTask(task.entry, task.prompt)
            self.known[key] = await assess_program(text, wanted, timeout_s=LIMIT_S)
        return self.known[key]


async def no_judge(text: str, expectations: Expectations | None) -> Assessment:
    return Assessment((), (), (), (), (), 1.0, True)


Chooser = Callable[[Sequence[Candidate], dict], dict]


def longest(candidates: Sequence[Candidate], options: dict) -> dict:
    return {"answer": max(candidates, key=lambda entry: len(entry.answer.text if entry.answer else ""))}


def medoid(candidates: Sequence[Candidate], options: dict) -> dict:
    matrix = options["similarity"]
    return {"answer": candidates[max(range(len(candidates)), key=lambda at: sum(matrix[at]))]}


async def replay(
    task: Task, run: int, weights: dict[str, float], earned: dict[str, float], validator: Validator
) -> tuple[dict[str, bool], Verdict]:
    """Return for each way to choose whether the chosen answer is right, and the run as the history would keep it."""
    members = list(task.answers)
    picked = {member: task.answers[member][run % len(task.answers[member])] for member in members}
    settings = Settings(_env_file=None)

    async def judge(text: str, expectations: Expectations | None) -> Assessment:
        return await validator.judge(task, text)

    kept: list[Verdict] = []

    async def choose(strategy: str | Chooser, assess: object, weighed: dict[str, float] | None = None) -> bool:
        ensemble = EnsembleProvider(
            [Replayed(member, picked[member].text) for member in members],
            strategy=strategy,
            weights=[weighed[member] for member in members] if weighed else None,
            assess=assess,
            timeout=600,
            settings=settings,
        )
        verdict = await ensemble.run(Prompt(text=task.prompt, expectations=Expectations()))
        kept.append(verdict)
        winner = next(entry for entry in verdict.candidates if entry.answer is not None and entry.answer.text == verdict.text)
        return picked[winner.member.model].solved

    outcome = {
        **{f"member {member}": picked[member].solved for member in members},
        "longest answer": await choose(longest, no_judge),
        "text medoid": await choose(medoid, no_judge),
        "ours, best_of_n": await choose("best_of_n", judge),
        "ours, best_of_n with what earlier runs saw": await choose("best_of_n", judge, earned),
        "ours, best_of_n with records": await choose("best_of_n", judge, weights),
        "ours, weighted with records": await choose("weighted", judge, weights),
        "oracle (any member right)": any(answer.solved for answer in picked.values()),
    }
    return outcome, kept[3]


def records(tasks: Sequence[Task], fold: int) -> dict[str, float]:
    """Return each member's share of right answers on the tasks outside a fold: what a history of earlier runs would know."""
    others = [task for number, task in enumerate(tasks) if number % FOLDS != fold]
    return {
        member: sum(answer.solved for task in others for answer in task.answers[member]) / sum(len(task.answers[member]) for task in others)
        for member in tasks[0].answers
    }


async def measure(folder: Path, validator: Validator, most: int) -> None:
    tasks = read(folder)
    if not tasks:
        print(f"{folder.name}: no tasks that every member answered")
        return
    runs = min(most, max(len(answers) for task in tasks for answers in task.answers.values()))
    seen = sum(bool(examples(task.prompt, task.entry)) for task in tasks)
    totals: dict[str, int] = {}
    history: list[Verdict] = []
    for number, task in enumerate(tasks):
        weights = records(tasks, number % FOLDS)
        standing = reputations(history)
        earned = {
            member: next((one.weight for name, one in standing.items() if name.endswith(f"/{member}")), 0.5) for member in task.answers
        }
        done = await asyncio.gather(*(replay(task, run, weights, earned, validator) for run in range(runs)))
        history += [verdict for _, verdict in done]
        for outcome, _ in done:
            for name, right in outcome.items():
                totals[name] = totals.get(name, 0) + right
    asked = len(tasks) * runs
    shares = {name: 100 * right / asked for name, right in totals.items()}
    best = max(share for name, share in shares.items() if name.startswith("member "))
    print(f"\n{folder.name}: {len(tasks)} tasks x {runs} runs, {seen} tasks with examples that can be run")
    for name, share in shares.items():
        print(f"  {name:<52} {share:5.1f} %   {share - best:+5.1f} against the best member")


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="published answers; see the head of this file")
    parser.add_argument("--runs", type=int, default=10, help="how many published runs of each task to replay")
    options = parser.parse_args()
    if not options.folders:
        print("Give at least one folder with published answers, for example a checkout of jamesmurdza/humaneval-results.")
        return
    for path in options.folders:
        await measure(path, Validator(), options.runs)


if __name__ == "__main__":
    asyncio.run(main())
