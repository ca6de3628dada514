"""When calls are made: the table of executions and the way to one by name; beside them the wrappers around a Provider."""

from __future__ import annotations

from providers.errors import ConfigurationError
from providers.execution.cascade import Cascade
from providers.execution.hedged import Hedged
from providers.execution.parallel import Parallel
from providers.execution.quorum import Quorum
from providers.execution.sequential import Sequential
from providers.schedule import Execution

# The order of the page's list: the default first, those who ask several members at once before those who ask one after the other.
EXECUTIONS: tuple[Execution, ...] = (Parallel(), Quorum(), Hedged(), Sequential(), Cascade())

# The wrappers, innermost first, in the order in which a member's call passes through them on its way back.
WRAPPERS: tuple[str, ...] = ("local", "cap", "clean", "deadline", "token_limit", "limit", "breaker", "cache", "meter", "spend", "retry")


def find(execution: str) -> Execution:
    """Return the execution of this name; raises ConfigurationError naming the choices."""
    for entry in EXECUTIONS:
        if entry.id == execution:
            return entry
    choices = ", ".join(entry.id for entry in EXECUTIONS)
    raise ConfigurationError(f"There is no execution {execution!r}; choose one of {choices}.")
