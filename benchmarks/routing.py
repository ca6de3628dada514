"""Routing a question to its expert: accuracy on held-out questions and time a question, next to a plain keyword router.

The questions are the sets of tests/engine/routing_questions, which no training reads; `_sealed` tells best what a stranger meets.
Times are CPU of this process, the median of rounds over all questions; the target is 0.3 ms a question and 95 % to the right expert.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.asking import classifier, router
from engine.experts import ROSTERS

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 15
SETS = ("_sealed", "_fresh", "_strangers", "", "_development")
TARGET_MS, TARGET_SHARE = 0.3, 0.95


def main() -> int:
    """Print the table; return 1 where a target is missed."""
    print(f"{'questions':<20} {'router':<12} {'number':>9} {'right':>7} {'ms a question':>14} {'x keywords':>11}")
    missed = False
    for roster, asked_by in ((roster, asked_by) for roster in ROSTERS for asked_by in SETS):
        lines = (ROOT / "tests" / "engine" / "routing_questions" / f"{roster.id}{asked_by}.tsv").read_text(encoding="utf-8").splitlines()
        asked = [(expert, question) for expert, question, *_ in (line.split("\t") for line in lines)]
        known = classifier.load(roster.id)

        def by_words(question: str, roster=roster) -> str:
            picks = router.by_keywords(question, roster)
            return picks[0].expert if picks else roster.general.id

        def by_weights(question: str, known=known) -> str:
            return known.guess(question).best

        words_ms = _time(by_words, asked)
        for name, choose in (("keywords", by_words), ("classifier", by_weights)):
            share = sum(choose(question) == expert for expert, question in asked) / len(asked)
            spent = _time(choose, asked)
            print(f"{roster.id + asked_by:<20} {name:<12} {len(asked):>9} {share:>7.1%} {spent:>14.3f} {spent / words_ms:>11.2f}")
            missed = missed or (name == "classifier" and (share < TARGET_SHARE or spent > TARGET_MS))
    return int(missed)


def _time(choose: Callable[[str], str], asked: list[tuple[str, str]]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _, question in asked:
            choose(question)
        rounds.append((time.process_time() - began) * 1000 / len(asked))
    return median(rounds)


if __name__ == "__main__":
    sys.exit(main())
