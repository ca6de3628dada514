"""How answers become one: the table of strategies, and the way to one by name."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from providers.errors import ConfigurationError
from providers.strategies.best_confidence import BestConfidence
from providers.strategies.best_of_n import BestOfN
from providers.strategies.callable import OwnFunction
from providers.strategies.consensus import Consensus
from providers.strategies.ranked import Ranked
from providers.strategies.synthesis import Synthesis
from providers.strategies.unanimous import Unanimous
from providers.strategies.voting import Voting
from providers.strategies.weighted import Weighted
from providers.strategy import Strategy

# The order of the page's list: the default first, those who choose an answer, the one who makes one, then those who ask for agreement.
STRATEGIES: tuple[Strategy, ...] = (BestOfN(), BestConfidence(), Voting(), Weighted(), Ranked(), Synthesis(), Consensus(), Unanimous())

ALIASES: Mapping[str, str] = MappingProxyType({"majority": "voting", "borda": "ranked"})


def find(strategy: str | Callable[..., Any]) -> Strategy:
    """Return the strategy of this name or alias, or one around the callable; raises ConfigurationError naming the choices."""
    if builtins.callable(strategy):  # the module of that name hides the built-in one here
        return OwnFunction(strategy)
    for entry in STRATEGIES:
        if entry.id == ALIASES.get(strategy, strategy):
            return entry
    choices = ", ".join((*(entry.id for entry in STRATEGIES), *ALIASES))
    raise ConfigurationError(f"There is no strategy {strategy!r}; choose one of {choices}, or give a function.")
