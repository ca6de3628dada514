"""Replays published answers of several models to the same coding tasks through our strategies: is the choice better than the best member?

`evidence_replay.py FOLDER [FOLDER ...]`: each FOLDER is a checkout of jamesmurdza/humaneval-results, or holds result files (*.jsonl) of
zaiyichen0411/MapCoder-Reproduction, one a member. No model is called. Whether an answer is right is what its publisher's hidden tests said;
our validator sees the examples in the task's own text only, run in a bounded child without a network where that can be had.
"Record" is `providers.reputation.standing`, what the product's "weights: record" uses: whose answers passed that validator where another's
did not, without any label. It is told once of the runs before, so that it begins with none, and once of the runs on the other folds' tasks,
as a history of that length would be. "Labelled" weights are how many answers were right there, which no history of runs knows.
`--line-ups N` replays N line-ups of three to six members of each folder, always the same, to see that the rule fits more than one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from artifacts.programs.judge import assess_program
from artifacts.programs.task import examples, read_task
from artifacts.records import Assessment, Expectations, ProgramTask
from benchmarks.support.replay_data import Answered, Task, read
from config import Settings
from providers.base import Answer, CallOptions, OnDelta, Prompt
from providers.ensemble import EnsembleProvider
from providers.records import Candidate, Verdict
from providers.reputation import READ_RUNS, Standing, standing

FOLDS = 5
LIMIT_S = 15.0
NOTHING = "# no answer"
"""What stands for an empty answer, which is a wrong one and no failed call."""
LARGEST, SEED, ALLOWED = 6, 7, 0.5
"""Members of the largest line-up that is drawn, what the draws begin from, and the points below the best member we allow ourselves."""


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


@dataclass(frozen=True)
class Replay:
    """One run of one task: the members' answers, and the validator that judges them."""

    task: Task
    run: int
    validator: Validator

    @property
    def picked(self) -> dict[str, Answered]:
        """Return each member's answer in this run."""
        return {member: answers[self.run % len(answers)] for member, answers in self.task.answers.items()}

    async def ask(
        self, strategy: str | Chooser, *, judged: bool = True, weights: dict[str, float] | None = None, known: Standing | None = None
    ) -> Verdict:
        """Return the verdict of this run."""

        async def judge(text: str, expectations: Expectations | None) -> Assessment:
            return await self.validator.judge(self.task, text)

        ensemble = EnsembleProvider(
            [Replayed(member, answer.text or NOTHING) for member, answer in self.picked.items()],
            strategy=strategy,
            weights=[weights[member] for member in self.picked] if weights else None,
            standing=known,
            assess=judge if judged else no_judge,
            timeout=600,
            settings=Settings(_env_file=None),
        )
        return await ensemble.run(Prompt(text=self.task.prompt, expectations=Expectations()))

    def right(self, verdict: Verdict) -> bool:
        """Tell whether the hidden tests passed the chosen answer."""
        winner = next(entry for entry in verdict.candidates if entry.answer is not None and entry.answer.text == verdict.text)
        return self.picked[winner.member.model].solved


def records(tasks: Sequence[Task], fold: int) -> dict[str, float]:
    """Return each member's share of right answers on the tasks outside a fold: what a history of earlier runs would know."""
    others = [task for number, task in enumerate(tasks) if number % FOLDS != fold]
    return {
        member: sum(answer.solved for task in others for answer in task.answers[member]) / sum(len(task.answers[member]) for task in others)
        for member in tasks[0].answers
    }


async def measure(folder: Path, validator: Validator, most: int, line_ups: int) -> None:
    """Print the table of a folder."""
    tasks = read(folder)
    if not tasks:
        print(f"{folder.name}: no tasks that every member answered")
        return
    runs = min(most, max(len(answers) for task in tasks for answers in task.answers.values()))
    seen = sum(bool(examples(task.prompt, task.entry)) for task in tasks)
    shares = await shares_of(tasks, runs, validator, everything=True)
    best = best_member(shares)
    print(f"\n{folder.name}: {len(tasks)} tasks x {runs} runs, {seen} tasks with examples that can be run")
    for name, share in shares.items():
        print(f"  {name:<52} {share:5.1f} %   {share - best:+5.1f} against the best member", flush=True)
    members = list(tasks[0].answers)
    if len(members) < LARGEST or not line_ups:
        return
    drawn = random.Random(SEED)
    apart: dict[str, list[float]] = {}
    for _ in range(line_ups):
        chosen = sorted(drawn.sample(members, drawn.randint(3, LARGEST)), key=members.index)
        part = [Task(task.id, task.prompt, task.entry, {member: task.answers[member] for member in chosen}) for task in tasks]
        found = await shares_of(part, runs, validator, everything=False)
        for name in [name for name in found if name.startswith("ours")]:
            apart.setdefault(name, []).append(found[name] - best_member(found))
    print(f"  {line_ups} line-ups of 3 to {LARGEST} of these {len(members)} members, against the best of each:")
    for name, values in apart.items():
        below = sum(value < -ALLOWED for value in values)
        print(f"  {name:<52} mean {statistics.mean(values):+.1f}, worst {min(values):+.1f}, more than {ALLOWED} below in {below}")


async def shares_of(tasks: Sequence[Task], runs: int, validator: Validator, *, everything: bool) -> dict[str, float]:
    """Return the share of right answers in percent for each way to choose, and with `everything` for those we compare with."""
    totals: dict[str, int] = {}
    replays = [[Replay(task, run, validator) for run in range(runs)] for task in tasks]
    plain = [await asyncio.gather(*(replay.ask("best_of_n") for replay in group)) for group in replays]
    for number, group in enumerate(replays):
        before = standing([verdict for verdicts in plain[:number] for verdict in verdicts][-READ_RUNS:])
        others = standing([verdict for at, verdicts in enumerate(plain) if at % FOLDS != number % FOLDS for verdict in verdicts])
        weights = records(tasks, number % FOLDS)
        for replay, verdict in zip(group, plain[number], strict=True):
            outcome = {f"member {member}": answer.solved for member, answer in replay.picked.items()}
            if everything:
                outcome["longest answer"] = replay.right(await replay.ask(longest, judged=False))
                outcome["text medoid"] = replay.right(await replay.ask(medoid, judged=False))
            outcome["ours, nothing known of the members"] = replay.right(verdict)
            outcome["ours, record of the runs before"] = replay.right(await replay.ask("best_of_n", known=before))
            outcome["ours, record of runs on the other tasks"] = replay.right(await replay.ask("best_of_n", known=others))
            if everything:
                outcome["ours, labelled weights"] = replay.right(await replay.ask("best_of_n", weights=weights))
                outcome["oracle (any member right)"] = any(answer.solved for answer in replay.picked.values())
            for name, right in outcome.items():
                totals[name] = totals.get(name, 0) + right
    return {name: 100 * right / (len(tasks) * runs) for name, right in totals.items()}


def best_member(shares: dict[str, float]) -> float:
    """Return the share of the member that turned out best."""
    return max(share for name, share in shares.items() if name.startswith("member "))


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="published answers; see the head of this file")
    parser.add_argument("--runs", type=int, default=10, help="how many published runs of each task to replay")
    parser.add_argument("--line-ups", type=int, default=0, metavar="N", help="how many line-ups to draw from each folder")
    options = parser.parse_args()
    if not options.folders:
        print("Give at least one folder with published answers, for example a checkout of jamesmurdza/humaneval-results.")
        return
    for path in options.folders:
        await measure(path, Validator(), options.runs, options.line_ups)


if __name__ == "__main__":
    asyncio.run(main())
