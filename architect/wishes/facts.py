"""Wishes about what runs: start command, port, version, health path, processes and services."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from architect.profile import Basis, Component, Fact, Process, Role
from architect.services import SERVICES, service_by_name
from architect.wishes.hearing import Hearing, NotHonoured, first, one

_JVM = ("java", "kotlin", "scala")
_DOTNET = ("dotnet", "c#", "csharp", "f#")
_NODE = ("node", "javascript", "typescript")
_LANGUAGES = {
    **dict.fromkeys(("node", "nodejs", "node.js"), _NODE),
    **dict.fromkeys(("java", "jdk", "jre"), _JVM),
    **dict.fromkeys(("dotnet", ".net"), _DOTNET),
    "golang": ("go",),
}
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "granian", "puma", "fastapi")


def start(hearing: Hearing, match: re.Match[str]) -> str:
    """Take a whole start command."""
    command = first(match).strip()
    component = one(hearing, "the start command", Role.WEB, Role.WORKER, Role.STATIC, Role.JOB)
    hearing.override(component, "start", command)
    return f"start command `{command}`"


def port(hearing: Hearing, match: re.Match[str]) -> str:
    """Move the port people reach."""
    component = one(hearing, "the port", Role.WEB, Role.STATIC)
    hearing.override(component, "port", match[1])
    return f"port {match[1]}"


def version(hearing: Hearing, match: re.Match[str]) -> str:
    """Ask for a version of a language."""
    name = match[1].lower()
    languages = _LANGUAGES.get(name, (name,))
    components = [
        component for component in hearing.meant() if component.language.value.lower() in languages or component.stack in languages
    ]
    if not components:
        raise NotHonoured(f"no part of the repository runs {match[1]}")
    for component in components:
        hearing.override(component, "runtime", match[2])
    return f"{match[1]} {match[2]}"


def health(hearing: Hearing, match: re.Match[str]) -> str:
    """Ask another path."""
    component = one(hearing, "the health path", Role.WEB, Role.STATIC)
    hearing.override(component, "health", match[1])
    return f"health check on {match[1]}"


def workers(hearing: Hearing, match: re.Match[str]) -> str:
    """Set the number of server processes."""
    server = (match["server"] or "").lower()
    count = int(match["count"])
    if not 1 <= count <= 256:
        raise NotHonoured(f"{count} workers; between 1 and 256 make sense")
    for component in hearing.meant(Role.WEB):
        argv = list(component.start.value) if component.start else []
        found = next(
            (
                name
                for name in ("gunicorn", "uvicorn", "hypercorn", "granian", "puma", "fastapi")
                if any(part == name or part.endswith(f"/{name}") for part in argv)
            ),
            "",
        )
        if not found or (server and server != found):
            continue
        option = "-w" if found == "puma" else "--workers"
        hearing.change(
            replace(
                component,
                start=Fact(_with_option(argv, option, "-w", str(count)), Basis.USER, component.start.evidence if component.start else ()),
            )
        )
        return f"{found} with {count} workers"
    wanted = server or "a server that counts workers"
    raise NotHonoured(f"{count} workers: the start command does not use {wanted}; give the whole start command instead")


def server(hearing: Hearing, match: re.Match[str]) -> str:
    """Check which server serves."""
    server = match[1].lower()
    for component in hearing.meant(Role.WEB):
        if component.start and any(server in part for part in component.start.value):
            return f"{server} serves {component.name}"
    raise NotHonoured(f"serving with {server}: the start command does not use it; give the whole start command instead")


def process(hearing: Hearing, match: re.Match[str]) -> str:
    """Add the worker of a known queue."""
    kind = match["kind"].lower()
    role = (match["role"] or "worker").lower()
    component = one(hearing, f"the {kind} {role}", Role.WEB, Role.WORKER)
    if any(kind in process.argv and role in process.argv for process in component.processes):
        return f"the {kind} {role} is there"
    argv = _worker_argv(component, kind, role)
    name = "scheduler" if role == "beat" else "worker"
    hearing.change(replace(component, processes=(*component.processes, Process(name, argv))))
    return f"a {kind} {role} that runs `{shlex.join(argv)}` (check that this is where the {kind} application is)"


def any_process(hearing: Hearing, match: re.Match[str]) -> str:
    """Add a further process by its command."""
    component = one(hearing, "the worker", Role.WEB, Role.WORKER)
    argv = tuple(shlex.split(match["command"]))
    name = (match["name"] or match["role"]).lower()
    hearing.change(replace(component, processes=(*component.processes, Process(name, argv))))
    return f"a further process {name} that runs `{match['command']}`"


def add_service(hearing: Hearing, match: re.Match[str]) -> str:
    """Add a backing service."""
    spec = service_by_name(match[1])
    if spec is None:
        raise NotHonoured(f"the service {match[1]} is not known")
    components = hearing.meant(Role.WEB, Role.WORKER)
    if not components:
        raise NotHonoured(f"{spec.label}: no part of the repository would use it")
    for component in components:
        if not any(SERVICES[fact.value].kind == spec.kind for fact in component.services if fact.value in SERVICES):
            hearing.change(
                replace(component, services=(*component.services, Fact(spec.id, Basis.USER, (), "asked for in the instruction")))
            )
    return spec.label


def drop_service(hearing: Hearing, match: re.Match[str]) -> str:
    """Leave a backing service out."""
    spec = service_by_name(match[1])
    if spec is None:
        raise NotHonoured(f"the service {match[1]} is not known")
    for component in hearing.meant():
        kept = tuple(fact for fact in component.services if fact.value not in SERVICES or SERVICES[fact.value].kind != spec.kind)
        hearing.change(replace(component, services=kept))
    return f"no {spec.label}"


def _with_option(argv: list[str], option: str, short: str, value: str) -> tuple[str, ...]:
    kept: list[str] = []
    skip = False
    for part in argv:
        if skip:
            skip = False
        elif part in (option, short):
            skip = True
        elif not part.startswith(f"{option}="):
            kept.append(part)
    return (*kept, option, value)


def _worker_argv(component: Component, kind: str, role: str) -> tuple[str, ...]:
    if kind in ("sidekiq", "resque"):
        return ("bundle", "exec", "sidekiq") if kind == "sidekiq" else ("bundle", "exec", "rake", "resque:work")
    module = next(
        (
            part.split(":")[0]
            for part in (component.start.value if component.start else ())
            if re.fullmatch(r"[A-Za-z_][\w.]*(:[\w.()]+)?", part) and ("." in part or ":" in part)
        ),
        "",
    )
    if not module:
        raise NotHonoured(f"a {kind} {role}: where its application is could not be told; add a worker running `the whole command`")
    package = module.removesuffix(".wsgi").removesuffix(".asgi")
    if kind == "celery":
        return ("celery", "-A", package, role if role == "beat" else "worker", "--loglevel", "info")
    return {
        "rq": ("rq", "worker"),
        "dramatiq": ("dramatiq", package),
        "arq": ("arq", f"{package}.WorkerSettings"),
        "huey": ("huey_consumer", f"{package}.huey"),
    }[kind]
