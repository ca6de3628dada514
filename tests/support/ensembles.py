"""Assertions and shortcuts for tests of ensembles."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from config import Settings
from providers import EnsembleProvider
from providers.base import Answer
from providers.comparison import compare_answers
from providers.normalisation import find
from providers.outcomes import enriched, split, successes
from providers.records import Candidate, Member, Status
from providers.strategy import Ballot, Rules

SETTINGS = Settings.model_construct()  # the defaults, whatever the environment of the machine says


def ensemble(members: Sequence[Any], **options: Any) -> EnsembleProvider:
    """Return an ensemble that knows nothing of the machine's environment."""
    options.setdefault("settings", SETTINGS)
    return EnsembleProvider(members, **options)


def ballot(*texts: str, weights: Sequence[float] | None = None, normalization: str = "lowercase_trim", **rules: Any) -> Ballot:
    """Return the ballot of members a, b, c, ... who answered these texts."""
    candidates = [
        Candidate(member=member(at, weight=weights[at] if weights else 1.0), status=Status.SUCCESS, answer=Answer(text=text, model="m"))
        for at, text in enumerate(texts)
    ]
    return ballot_of(candidates, normalization=normalization, weights_given=weights is not None, **rules)


def ballot_of(candidates: Sequence[Candidate], *, normalization: str = "lowercase_trim", asked: int | None = None, **rules: Any) -> Ballot:
    """Return the ballot of these candidates, enriched as a run does it."""
    answered = successes(candidates)
    comparison = compare_answers(answered, find(normalization))
    done = [enriched(candidate, at, comparison) for at, candidate in enumerate(answered)]
    voters, barred = split(done)
    return Ballot(
        candidates=voters,
        barred=barred,
        asked=len(candidates) if asked is None else asked,
        comparison=compare_answers(done, find(normalization)),
        rules=Rules(normalization=normalization, **rules),
    )


def member(at: int, weight: float = 1.0) -> Member:
    """Return the member at a place, named by a letter."""
    letter = "abcdefghij"[at]
    return Member(index=at, id=letter, vendor="fake", label=letter.upper(), model=letter, weight=weight)


async def nothing_runs() -> None:
    """Fail if a task but the test's own is still alive; those just cancelled get a moment to end."""
    for _ in range(40):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if not others:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"tasks were left behind: {others}")
