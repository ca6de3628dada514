"""Django's static files: whether they can be collected while the image is built, and with which stand-in settings."""

from __future__ import annotations

import re

from architect.commands import is_secret
from architect.profile import Evidence
from architect.reading import Folder, find
from architect.stacks.python.serving import Serving
from architect.stacks.python.source import Sources

_STAND_INS = {"DATABASE_URL": "sqlite:////tmp/build.db", "REDIS_URL": "redis://localhost", "ALLOWED_HOSTS": "localhost", "DEBUG": "false"}


def collects(folder: Folder, sources: Sources, serving: Serving | None, questions: list[str]) -> tuple[str, tuple[Evidence, ...]] | None:
    """Return the command that collects static files, or None where there are none or where real settings would be needed.

    Secrets the settings insist on get a stand-in for this one command, never a value that stays in the image.
    """
    if serving is None or serving.framework is None or serving.framework.value != "django":
        return None
    proof = None
    required: list[str] = []
    for name, text in sources.texts.items():
        if "settings" not in name and "INSTALLED_APPS" not in text:
            continue
        found = find(sources.paths[name], text, r"^[ \t]*(STATIC_ROOT\s*=[^\n]*)")
        proof = proof or (found.evidence if found else None)
        required += [
            variable.name
            for variable in sources.variables.values()
            if variable.default is None
            and variable.evidence
            and variable.evidence[0].path == sources.paths[name]
            and re.search(
                rf"environ\[[\"']{variable.name}[\"']\]|\benv(?:\.\w+)?\([\"']{variable.name}[\"']\)|config\([\"']{variable.name}[\"']\)",
                text,
            )
        ]
    if proof is None:
        return None
    unknown = [name for name in required if not is_secret(name) and name not in _STAND_INS]
    if len(unknown) > 2:
        questions.append(
            f"The static files are not collected in the image, because the settings insist on {', '.join(sorted(set(unknown))[:5])}."
        )
        return None
    given = [f"{name}={_STAND_INS.get(name, 'build-only')}" for name in dict.fromkeys(required)]
    if "SECRET_KEY" not in required and "SECRET_KEY" in sources.variables:
        given.append("SECRET_KEY=build-only")
    return " ".join([*given, "python manage.py collectstatic --noinput"]), (proof,)
