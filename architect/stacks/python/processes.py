"""Further processes of a Python image: Procfile entries, Celery, Huey, RQ, Dramatiq and arq workers and schedulers."""

from __future__ import annotations

import re

from architect.commands import argv, procfile
from architect.profile import Process, Role
from architect.reading import Folder
from architect.stacks.python.requirements import Requirements
from architect.stacks.python.servers import PREFIX
from architect.stacks.python.serving import Serving, relative
from architect.stacks.python.source import Sources

_SERVING = frozenset({"web", "release", "app", "server", "api", "postdeploy"})


def processes(serving: Serving, folder: Folder, wanted: Requirements | None, sources: Sources) -> tuple[Process, ...]:
    """Return the processes beside the main one, by name."""
    found: list[Process] = []
    main = serving.start.value if serving.start else ()
    for name, (text, evidence) in procfile(folder).items():
        parts = argv(PREFIX.sub("", text))
        if name not in _SERVING and parts and parts != main:
            found.append(Process(name, ("python", *parts[1:]) if parts[0] == "python3" else parts, (evidence,)))
    if serving.role is Role.WORKER:
        return tuple(found)
    have = " ".join(" ".join(process.argv) for process in found)
    names = wanted.names if wanted else {}
    if sources.celery and "celery" not in have:
        found += _celery(serving, sources, "django" in names, "django-celery-beat" in names)
    if "django" in names and "huey" in names and "huey" not in have:
        found.append(Process("worker", ("python", "manage.py", "run_huey"), (names["huey"],)))
    if "django-rq" in names and "rqworker" not in have:
        found.append(Process("worker", ("python", "manage.py", "rqworker", "default"), (names["django-rq"],)))
    return tuple({process.name: process for process in reversed(found)}.values())[::-1]


def _celery(serving: Serving, sources: Sources, django: bool, beat: bool) -> list[Process]:
    app = max(sources.celery, key=lambda one: one.score)
    module = relative(app, serving.workdir) if serving.workdir else app.module
    if django or app.attribute in ("app", "celery"):
        module = re.sub(r"\.celery$", "", module)
    target = module if django or app.attribute in ("app", "celery") else f"{module}:{app.attribute}"
    found = [Process("worker", ("celery", "-A", target, "worker", "--loglevel=INFO"), (app.evidence,))]
    if beat or any(re.search(r"beat_schedule|CELERY_BEAT|add_periodic_task", text) for text in sources.texts.values()):
        found.append(Process("scheduler", ("celery", "-A", target, "beat", "--loglevel=INFO"), (app.evidence,)))
    return found
