"""A strategy of the user's own: a function of the candidates and the options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from providers import votes
from providers.errors import ConfigurationError, EnsembleError
from providers.records import Candidate, Vote
from providers.strategy import Ballot, Choice

StrategyFunction = Callable[..., Any]
"""`(candidates, options) -> {"answer", "consensus", "votes"}`, or a coroutine function of the same form."""


class OwnFunction:
    """Calls the function with the candidates that may vote; checks what it returns.

    `answer` is text or one of the candidates. `consensus` (0..1) defaults to the agreement found. `votes` may be Votes, or a
    mapping of value to the number of votes, to a weight, or to member ids; the counted ones stand where it is missing.
    """

    id = "callable"
    label = "Own function"
    rule = "A function of your own chooses."
    needs = 1
    options: tuple[str, ...] = ()

    def __init__(self, function: StrategyFunction):
        self._function = function

    async def combine(self, ballot: Ballot) -> Choice:
        """Return what the function chose; raises EnsembleError when it fails and ConfigurationError for a wrong result."""
        options = {
            "normalization": ballot.rules.normalization,
            "threshold": ballot.rules.threshold,
            "weights": dict(ballot.weights),
            "agreement": ballot.agreement,
            "similarity": ballot.comparison.similarity,
        }
        try:
            result = self._function(ballot.candidates, options)
            if inspect.isawaitable(result):
                result = await result
        except Exception as error:
            raise EnsembleError(f"The strategy function failed with {type(error).__name__}: {error}") from error
        return _choice(result, ballot)


def _choice(result: object, ballot: Ballot) -> Choice:
    if not isinstance(result, Mapping) or "answer" not in result:
        raise ConfigurationError(f"The strategy function must return a mapping with 'answer'; it returned {type(result).__name__}.")
    text, winner = _answer(result["answer"], ballot)
    consensus = result.get("consensus")
    if consensus is None:
        consensus = ballot.standing_behind(winner) if winner else ballot.agreement
    if isinstance(consensus, bool) or not isinstance(consensus, int | float) or not 0 <= consensus <= 1:
        raise ConfigurationError(f"The strategy function's 'consensus' must be a number from 0 to 1; it is {consensus!r}.")
    given = result.get("votes")
    whose = winner.member.id if winner else "an answer of its own"
    reasons = (f"The strategy function chose {whose}.", *(votes.reasons(ballot, winner) if winner else ()))
    counted = votes.count(ballot, winner) if given is None else _votes(given, text)
    return Choice(text=text, winner=winner, consensus=float(consensus), votes=counted, reasons=reasons)


def _answer(answer: object, ballot: Ballot) -> tuple[str, Candidate | None]:
    if isinstance(answer, Candidate):
        if answer not in ballot.candidates or answer.answer is None:
            raise ConfigurationError("The strategy function returned a candidate that may not win.")
        return answer.answer.text, answer
    if not isinstance(answer, str):
        raise ConfigurationError(f"The strategy function's 'answer' must be text or a candidate; it is {type(answer).__name__}.")
    return answer, next((entry for entry in ballot.candidates if entry.answer and entry.answer.text == answer), None)


def _votes(given: object, text: str) -> tuple[Vote, ...]:
    if isinstance(given, Mapping):
        found = []
        for value, share in given.items():
            counted = isinstance(share, int | float)
            members = () if counted else tuple(str(member) for member in share)
            weight = float(share) if counted else float(len(members))
            found.append(Vote(key="answer", value=str(value), members=members, weight=weight, chosen=str(value) == text))
        return tuple(found)
    if isinstance(given, list | tuple) and all(isinstance(entry, Vote) for entry in given):
        return tuple(given)
    raise ConfigurationError("The strategy function's 'votes' must be a mapping of value to votes, or a list of Vote.")
