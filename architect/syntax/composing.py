"""Small words of a Compose file: names, escapes, health checks of workers, values of unset variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from architect.profile import Process, Variable
from architect.syntax.yaml import Because, Flow

_STRICT_NAME = re.compile(r"(^|_)(SECRET_KEY(_BASE)?|APP_KEY|(JWT|SESSION|AUTH|COOKIE|NEXTAUTH)_SECRET|ENCRYPTION_KEY)$")
_STRICT_READ = re.compile(
    r"environ\[|ENV\.fetch\(['\"]\w+['\"]\)|fetch_env!|getOrThrow|env!\(|must_?get_?env|requireEnv|process\.env\.\w+!", re.I
)


def asked(variable: Variable, required: Callable[[str], str]) -> Because:
    """Return what a variable without a default gets: a required value where the service must not start without it.

    Anything else passes through from .env or the shell, and stays unset when it is not there.
    """
    if variable.secret and strictly_needed(variable):
        return Because(required(variable.name), "a secret the code cannot do without, so it comes from outside", variable.evidence)
    return Because(None, "read by the code; taken from .env or the shell when it is set there", variable.evidence)


def strictly_needed(variable: Variable) -> bool:
    """Tell whether the code stops without this variable, by its name or by the way it is read."""
    return _STRICT_NAME.search(variable.name) is not None or any(
        _STRICT_READ.search(evidence.excerpt) is not None for evidence in variable.evidence
    )


def dollars(text: str) -> str:
    """Keep `$` from being read as a variable."""
    return text.replace("$", "$$")


def process_check(process: Process) -> Mapping[str, Any] | None:
    """Return a health check for a further process, where one is known."""
    argv = list(process.argv)
    if argv and argv[0] == "celery" and "worker" in argv:
        app = argv[: argv.index("worker")]
        return {
            "test": Flow(("CMD-SHELL", f"{dollars(shlex.join(app))} inspect ping -d celery@$$HOSTNAME")),
            "interval": "60s",
            "timeout": "20s",
            "start_period": "30s",
        }
    return None


def folder(context: str) -> str:
    """Return a context as Compose writes it."""
    return f"./{context}" if context else "."


def variable(secret: str) -> str:
    """Return the environment variable that holds a build secret."""
    return re.sub(r"\W", "_", secret).upper()


def slug(text: str) -> str:
    """Return a name Compose accepts."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_") or "app"


def unique(names: Sequence[str]) -> list[str]:
    """Return slugs of these names, all different."""
    found: list[str] = []
    for name in names:
        made = base = slug(name)
        number = 2
        while made in found:
            made = f"{base}-{number}"
            number += 1
        found.append(made)
    return found


def listed(names: Sequence[str]) -> str:
    """Return names as a phrase."""
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nothing"
