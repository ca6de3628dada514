"""The command that brings a component's database up to date, where the repository keeps migrations."""

from __future__ import annotations

import re
from collections.abc import Callable

from architect.profile import Component, Evidence, Process, Profile

NAME = "migrate"


def migration(profile: Profile, component: Component) -> Process | None:
    """Return the process that migrates the database, proven by a file of the repository; None where none is known.

    Only tools that are installed with the application count: one that is a development dependency is not in its image.
    """
    if not any(fact.firm or fact.evidence for fact in component.services):
        return None
    root = f"{component.root}/" if component.root else ""
    files = [path[len(root) :] for path in profile.files if path.startswith(root)]
    framework = component.framework.value.lower() if component.framework else ""
    for pattern, argv, fits in _KNOWN:
        if not fits(framework, component.language.value.lower()):
            continue
        found = next((path for path in files if re.search(pattern, path)), None)
        if found is not None:
            return Process(NAME, _placed(argv, found), (Evidence(f"{root}{found}"),))
    return None


def _placed(argv: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Fill the folder of the file that proves the tool into its command."""
    folder = path.rsplit("/", 1)[0] + "/" if "/" in path else ""
    return tuple(part.replace("{folder}", folder) for part in argv)


def _of(*frameworks: str) -> Callable[[str, str], bool]:
    return lambda framework, language: framework in frameworks


def _in(*languages: str) -> Callable[[str, str], bool]:
    return lambda framework, language: language in languages


_KNOWN: tuple[tuple[str, tuple[str, ...], Callable[[str, str], bool]], ...] = (
    # a framework's own command before a tool that any program may use
    (r"^([\w-]+/)?manage\.py$", ("python", "{folder}manage.py", "migrate", "--noinput"), _of("django")),
    (r"^db/migrate/\d+_\w+\.rb$", ("bin/rails", "db:migrate"), _of("rails", "ruby on rails")),
    (r"^database/migrations/[\w-]+\.php$", ("php", "artisan", "migrate", "--force"), _of("laravel")),
    (r"^migrations/Version\w+\.php$", ("php", "bin/console", "doctrine:migrations:migrate", "--no-interaction"), _of("symfony")),
    (r"^migrations/alembic\.ini$", ("flask", "db", "upgrade"), _of("flask")),
    (r"^alembic\.ini$", ("alembic", "upgrade", "head"), _in("python")),
)
