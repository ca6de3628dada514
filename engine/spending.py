"""`--max-cost`, `--max-cost-day` and `--reuse` of the command line: what a run may cost, and whether a kept answer will do."""

from __future__ import annotations

import argparse
import math
from typing import TypedDict

from providers.execution.cache import Reuse


class Limits(TypedDict):
    """What `engine.assemble.Tuning` takes of it."""

    reuse: Reuse | None
    budget_run: float | None
    budget_day: float | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a run may cost; the operator's own settings hold beside it, the tighter of both."""
    parser.add_argument(
        "--max-cost",
        type=_dollars,
        metavar="USD",
        help="a run that would cost more is not sent, and one that comes to cost more is cut (default: BUDGET_USD_PER_RUN)",
    )
    parser.add_argument(
        "--max-cost-day",
        type=_dollars,
        metavar="USD",
        help="the same for all runs of the shell's user on a day, UTC (default: BUDGET_USD_PER_DAY)",
    )
    parser.add_argument(
        "--reuse",
        choices=tuple(reuse.value for reuse in Reuse),
        help="which asks a kept answer may answer, repeatable: those at temperature 0 or with a seed (default: ANSWER_CACHE)",
    )


def limits(options: argparse.Namespace) -> Limits:
    """Return what was asked for."""
    return Limits(reuse=Reuse(options.reuse) if options.reuse else None, budget_run=options.max_cost, budget_day=options.max_cost_day)


def _dollars(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not (math.isfinite(amount) and amount > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of dollars above 0, for example 0.05")
    return amount
