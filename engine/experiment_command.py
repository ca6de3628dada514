"""`python -m engine experiment FILE`: a question set asked of several configurations from a shell, with resume and a budget.

Exit status: 0 every question was answered, 1 some could not be or the accuracy is too low, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

from config import Settings
from engine.assemble import Tuning, known_presets
from engine.ending import cancel_on_request
from engine.experiment import CONCURRENCY, conduct, forecast
from engine.experiments import export, reading
from engine.experiments.keeping import Answers
from engine.experiments.planning import OpenRepository, plan
from engine.experiments.records import Configuration, ExperimentProblem, Forecast, Progress, QuestionSet, Results
from engine.samples import SHIPPED as SAMPLE_FOLDER
from providers.execution import EXECUTIONS
from providers.strategies import STRATEGIES
from workspace.errors import OutsideWorkspace
from workspace.files import Workspace, open_workspace

WORD = "experiment"
SAMPLE = "sample"
ANSWERED, UNANSWERED = 0, 1
ANSWERS, FIGURES, RUNS, DOCUMENT = "answers.jsonl", "figures.csv", "runs.csv", "results.json"


def parser() -> argparse.ArgumentParser:
    """Return the definition of this command."""
    made = argparse.ArgumentParser(
        prog="python -m engine experiment",
        description="Ask a question set of several ensembles and say which is fastest, cheapest, most reliable, and the best value.",
        epilog=(
            "Exit status: 0 every question was answered, 1 some were not or --fail-under was missed, 2 bad input. "
            "A folder of the name experiment is given as ./experiment."
        ),
    )
    made.add_argument("file", metavar="FILE", help=f"YAML, JSON or CSV, or a shipped set: {', '.join(reading.shipped())}")
    made.add_argument(
        "--preset", action="append", metavar="NAME", help="test this preset instead of the file's configurations; may be repeated"
    )
    made.add_argument(
        "--strategy",
        action="append",
        metavar="NAME",
        help=f"with each preset, this strategy, one of {', '.join(entry.id for entry in STRATEGIES)}; may be repeated",
    )
    made.add_argument(
        "--execution", action="append", metavar="NAME", help=f"likewise, one of {', '.join(entry.id for entry in EXECUTIONS)}"
    )
    made.add_argument("--out", metavar="DIR", help=f"write {ANSWERS}, {FIGURES}, {RUNS} and {DOCUMENT} into this folder")
    made.add_argument("--resume", action="store_true", help="with --out: ask only what the answers in DIR leave open")
    made.add_argument("--estimate", action="store_true", help="say what it would take and ask nothing")
    made.add_argument("--budget", type=float, metavar="USD", help="begin no run that could take the experiment above so many dollars")
    made.add_argument("--concurrency", type=int, default=CONCURRENCY, metavar="N", help=f"runs at once, 1 to 16 (default: {CONCURRENCY})")
    made.add_argument("--timeout", type=float, help="seconds one run may take")
    made.add_argument("--fail-under", type=float, metavar="SHARE", help="exit status 1 where the best accuracy is below this share, 0 to 1")
    made.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    return made


async def run(arguments: Sequence[str], config: Settings) -> int:
    """Do what the arguments say and return the exit status; raises ExperimentProblem for bad input."""
    options = parser().parse_args(arguments)
    _check(options)
    found, opener = _questions(options.file)
    experiment = plan(
        found.title,
        found.questions,
        configurations(
            found, options.preset or (), options.strategy or (), options.execution or (), default=config.ensemble_default_preset
        ),
        presets_known=known_presets(config),
        settings=config,
        open_repository=opener,
        tuning=Tuning(timeout=options.timeout),
    )
    answers = _answers(options)
    expected = await forecast(experiment, answers)
    if options.estimate or not options.json:
        print(forecast_text(expected), file=sys.stdout if options.estimate else sys.stderr)
    if options.estimate:
        return ANSWERED
    cancel_on_request()
    results = await conduct(
        experiment,
        answers=answers,
        concurrency=options.concurrency,
        budget_usd=options.budget,
        on_progress=None if options.json else _teller(),
    )
    questions = dict(experiment.questions)
    if options.out:
        _write(Path(options.out), results, export.json_bytes(results, questions))
    print(export.json_bytes(results, questions).decode() if options.json else export.text(results))
    return _status(results, options.fail_under)


def configurations(
    found: QuestionSet, presets: Sequence[str], strategies: Sequence[str], executions: Sequence[str], *, default: str
) -> tuple[Configuration, ...]:
    """Return the configurations to test: the file's own, or every preset with every strategy and execution that is named."""
    if not (presets or strategies or executions):
        return found.configurations or (Configuration(name=default, preset=default),)
    made = []
    for preset, strategy, execution in product(presets or (default,), strategies or ("",), executions or ("",)):
        name = ", ".join(part for part in (preset, strategy, execution) if part)
        made.append(Configuration(name=name, preset=preset, strategy=strategy, execution=execution))
    return tuple({entry.name: entry for entry in made}.values())


def forecast_text(expected: Forecast) -> str:
    """Say what an experiment would take."""
    parts = [f"{expected.runs} run{'s' * (expected.runs != 1)} with {expected.calls} calls"]
    if expected.kept:
        parts.append(f"{expected.kept} answered earlier")
    if expected.cost_usd is None:
        parts.append("price unknown")
    else:
        parts.append("free" if expected.cost_usd == 0 and not expected.unpriced else f"about ${expected.cost_usd:.4f}")
    if expected.unpriced:
        parts.append(f"of unknown price: {', '.join(expected.unpriced)}")
    return "\n".join([", ".join(parts), *expected.notes])


def beside(file: Path) -> OpenRepository:
    """Return what opens the repositories a question file names: the sample, or a folder below the file's own."""
    base = file.resolve().parent

    def opened(name: str) -> Workspace:
        if name == SAMPLE:
            return open_workspace(str(SAMPLE_FOLDER))
        folder = (base / name).resolve()
        if not folder.is_relative_to(base):
            raise OutsideWorkspace(f"{name[:80]} lies outside the folder of {file.name}. Name a folder below it, or sample.")
        return open_workspace(str(folder))

    return opened


def _questions(name: str) -> tuple[QuestionSet, OpenRepository]:
    path = Path(name)
    known = reading.shipped()
    if not path.exists() and name in known:
        path = known[name]
    return reading.load(path), beside(path)


def _answers(options: argparse.Namespace) -> Answers | None:
    if not options.out:
        if options.resume:
            raise ExperimentProblem("--resume needs --out DIR, the folder in which the answers are kept.")
        return None
    answers = Answers(Path(options.out) / ANSWERS)
    if not options.resume and answers.read():
        raise ExperimentProblem(
            f"{options.out} holds answers of an earlier experiment. Add --resume to ask only what is missing, or choose another folder."
        )
    return answers


def _check(options: argparse.Namespace) -> None:
    if options.budget is not None and not options.budget > 0:
        raise ExperimentProblem(f"--budget must be dollars above 0; got {options.budget!r}.")
    if not 1 <= options.concurrency <= 16:
        raise ExperimentProblem(f"--concurrency must be from 1 to 16; got {options.concurrency}.")
    if options.fail_under is not None and not 0 <= options.fail_under <= 1:
        raise ExperimentProblem(f"--fail-under must be a share from 0 to 1; got {options.fail_under!r}.")


def _teller() -> Callable[[Progress], None]:
    told: int | None = None

    def tell(now: Progress) -> None:
        nonlocal told
        first, before, told = told is None, told, now.done
        if first or now.done == before:
            return
        spent = f", ${now.spent_usd:.4f}" if now.spent_usd else ""
        print(f"{now.done} of {now.total}{spent}", file=sys.stderr)

    return tell


def _write(folder: Path, results: Results, document: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FIGURES).write_text(export.figures_csv(results), encoding="utf-8")
        (folder / RUNS).write_text(export.runs_csv(results), encoding="utf-8")
        (folder / DOCUMENT).write_bytes(document)
    except OSError as error:
        raise ExperimentProblem(f"{folder} could not be written: {(error.strerror or 'unknown reason').lower()}.") from None


def _status(results: Results, least: float | None) -> int:
    best = max((row.accuracy.value or 0.0 for row in results.rows), default=0.0)
    return ANSWERED if results.finished and (least is None or best >= least) else UNANSWERED
