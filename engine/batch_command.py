"""`python -m engine batch FILE`: many questions through one ensemble from a shell, a line of JSON for each.

Exit status: 0 every question was answered, 1 some could not be, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from config import Settings
from engine.assemble import Tuning, assemble, known_presets
from engine.ending import cancel_on_request
from providers import presets, textfile
from providers.batch import Progress
from providers.errors import ConfigurationError
from providers.execution import EXECUTIONS
from providers.strategies import STRATEGIES

WORD = "batch"
ANSWERED, UNANSWERED = 0, 1
CONCURRENCY, MOST_AT_ONCE = 4, 16
MOST_QUESTIONS = 10_000
MAX_BYTES = 8 * 1024 * 1024


def parser() -> argparse.ArgumentParser:
    """Return the definition of this command."""
    made = argparse.ArgumentParser(
        prog="python -m engine batch",
        description="Ask one ensemble many questions and print what came of each as a line of JSON, in their order.",
        epilog="Exit status: 0 every question was answered, 1 some were not, 2 bad input. A folder of the name batch is given as ./batch.",
    )
    made.add_argument(
        "file", metavar="FILE", help=f"text with one question a line, at most {MOST_QUESTIONS:,}; empty lines are passed over"
    )
    made.add_argument("--preset", metavar="NAME", help="who is asked, and how (default: the server's)")
    made.add_argument("--strategy", metavar="NAME", help=f"instead of the preset's, one of {', '.join(entry.id for entry in STRATEGIES)}")
    made.add_argument("--execution", metavar="NAME", help=f"likewise, one of {', '.join(entry.id for entry in EXECUTIONS)}")
    made.add_argument(
        "--concurrency", type=int, default=CONCURRENCY, metavar="N", help=f"questions at once, 1 to {MOST_AT_ONCE} (default: {CONCURRENCY})"
    )
    made.add_argument("--timeout", type=float, help="seconds one question may take")
    made.add_argument("--max-cost", type=float, metavar="USD", help="dollars one question may cost; one that would cost more is not asked")
    made.add_argument("--out", metavar="FILE", help="write the lines here instead of printing them; a file that is there is replaced")
    return made


async def run(arguments: Sequence[str], config: Settings) -> int:
    """Do what the arguments say and return the exit status; raises ConfigurationError for bad input."""
    options = parser().parse_args(arguments)
    if not 1 <= options.concurrency <= MOST_AT_ONCE:
        raise ConfigurationError(f"--concurrency must be from 1 to {MOST_AT_ONCE}; got {options.concurrency}.")
    if options.max_cost is not None and not options.max_cost > 0:
        raise ConfigurationError(f"--max-cost must be dollars above 0; got {options.max_cost!r}.")
    questions = _questions(Path(options.file))
    preset = presets.find(options.preset or config.ensemble_default_preset, known_presets(config))
    tuning = Tuning(strategy=options.strategy, execution=options.execution, timeout=options.timeout, budget_run=options.max_cost)
    ensemble, team = assemble(preset, config, tuning=tuning, in_words=True)
    if team.resolved.stands_in:
        await ensemble.aclose()
        raise ConfigurationError(f"Nobody of {preset.title} can answer questions in words. {team.sentence}")
    if team.sentence:
        print(team.sentence, file=sys.stderr)
    cancel_on_request()
    async with ensemble:
        found = await ensemble.generate_many(questions, options.concurrency, on_progress=_tell)
    lines = b"".join(
        orjson.dumps({"question": question, **result}, option=orjson.OPT_APPEND_NEWLINE, default=str)
        for question, result in zip(questions, found, strict=True)
    ).decode()
    if options.out:
        textfile.write(Path(options.out), lines)
    else:
        print(lines, end="")
    return ANSWERED if all(result["response"] is not None for result in found) else UNANSWERED


def _questions(path: Path) -> list[str]:
    questions = [line.strip() for line in textfile.read(path, MAX_BYTES).splitlines() if line.strip()]
    if not questions:
        raise ConfigurationError(f"{path.name} holds no question; write one a line.")
    if len(questions) > MOST_QUESTIONS:
        raise ConfigurationError(f"{path.name} holds {len(questions):,} questions; at most {MOST_QUESTIONS:,} are asked.")
    return questions


def _tell(progress: Progress) -> None:
    failed = f", {progress.failed} failed" if progress.failed else ""
    print(f"{progress.done} of {progress.total} after {progress.elapsed_s:.1f} s{failed}", file=sys.stderr)
