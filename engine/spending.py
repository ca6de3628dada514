"""What a run may cost, whether a kept answer will do, and how the answers are to be drawn: options of the command line."""

from __future__ import annotations

import argparse
import math
from typing import TypedDict

from engine.assemble import MOST_TOKENS
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


def add_answer_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is asked of every answer; it goes before what a preset says for a member."""
    parser.add_argument(
        "--temperature", type=_temperature, metavar="N", help="how far answers may vary, 0 to 2 (default: the preset's, else the vendor's)"
    )
    parser.add_argument(
        "--max-tokens", type=_tokens, metavar="N", help="how long an answer may be (default: the preset's, else the program's own)"
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


def _temperature(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no temperature from 0 to 2, for example 0.2")
    return value


def _tokens(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_TOKENS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of tokens from 1 to {MOST_TOKENS:,}, for example 4000")
    return int(text)
