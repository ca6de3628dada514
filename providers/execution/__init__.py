"""When calls are made: the table of executions and the way to one by name; beside them the wrappers around a Provider."""

from __future__ import annotations

from providers.errors import ConfigurationError
from providers.execution.parallel import Parallel
from providers.execution.sequential import Sequential
from providers.schedule import Execution

# The order of the page's list: the default first.
EXECUTIONS: tuple[Execution, ...] = (Parallel(), Sequential())

# The wrappers, innermost first, in the order in which a member's call passes through them on its way back.
WRAPPERS: tuple[str, ...] = ("cap", "clean", "deadline", "limit", "breaker", "cache", "meter", "spend", "retry")


def find(execution: str) -> Execution:
    """Return the execution of this name; raises ConfigurationError naming the choices."""
    for entry in EXECUTIONS:
        if entry.id == execution:
            return entry
    choices = ", ".join(entry.id for entry in EXECUTIONS)
    raise ConfigurationError(f"There is no execution {execution!r}; choose one of {choices}.")
