"""Which production server runs a WSGI or ASGI application, and with which command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from architect.commands import argv, port_in, procfile, with_port
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, Found
from architect.stacks.python.requirements import Requirements
from architect.startup import script_commands

SERVERS = r"gunicorn|uvicorn|uwsgi|hypercorn|daphne|granian|waitress-serve|streamlit run|fastapi run|chainlit run|sanic"
PREFIX = re.compile(
    r"^(?:(?:uv|poetry|pipenv|pdm|hatch|rye) run (?:--\S+ )*|exec |newrelic-admin run-program |ddtrace-run |env "
    r"|python3?(?:\.\d+)? -m (?=gunicorn|uvicorn|hypercorn|streamlit|flask|daphne|granian|sanic))+"
)
HOST = "0.0.0.0"  # noqa: S104 - a container's process must listen on the container's address
_CONFIGS = (
    "gunicorn.conf.py", "gunicorn_conf.py", "gunicorn_config.py", "gunicorn.py", "config/gunicorn.py", "conf/gunicorn.py",
)  # fmt: skip
_BINDING = frozenset(
    {"-b", "--bind", "--host", "--port", "-p", "-h", "--http", "--http-socket", "--socket", "--listen", "--ini", "-c", "--config"}
)
_DROPPED = frozenset({"--reload", "--debug", "--daemon", "-D", "--factory", "--call"})
_RELEASES = {
    "gunicorn": (((3, 10), "27.0.1"), ((3, 7), "23.0.0"), ((3, 5), "20.1.0"), ((2, 7), "19.10.0")),
    "uvicorn": (((3, 10), "0.54.0"), ((3, 9), "0.39.0"), ((3, 8), "0.33.0"), ((3, 7), "0.22.0"), ((3, 6), "0.16.0")),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be served: the target as `module:object`, the protocol, where modules are imported from, and its proof."""

    target: str
    asgi: bool
    base: str
    evidence: tuple[Evidence, ...]
    factory: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A server's command line, the port it binds, and packages to add where the project brings no production server."""

    start: Fact[tuple[str, ...]]
    port: Fact[int]
    install: tuple[tuple[str, str], ...] = ()


def command(
    folder: Folder, requirements: Requirements | None, wanted: Wanted, python: str, find_port: Callable[[bool], Fact[int]]
) -> Command:
    """Return the command that serves `wanted`; `find_port` is asked only when neither a command nor a settings file names a port.

    Its argument tells whether the project brings its own server, whose usual port then counts.
    """
    names = requirements.names if requirements else {}
    declared = declared_command(folder)
    config = _gunicorn_config(folder, wanted.base)
    server, proof = _which(wanted, requirements, declared)
    install: tuple[tuple[str, str], ...] = ()
    if wanted.target.endswith(".server"):
        server, proof, declared = "waitress", names.get("waitress"), None
        install = () if proof else (("waitress", "3.0.2"),)
    elif server is None:
        server = "uvicorn" if wanted.asgi else "gunicorn"
        install = ((server, release_for(server, python)),)
    port = _bound(declared, config if server == "gunicorn" else None) or find_port(not install)
    target = wanted.target
    extra: tuple[str, ...] = ()
    if declared and declared[0].startswith(server):
        target, extra = target_of(declared[0]) or target, _options(declared[0])
    parts = _line(server, target, port.value, wanted, extra)
    if server == "gunicorn":
        parts = _gunicorn(parts, wanted, names, config, folder)
    elif server == "uwsgi":
        ini = folder.has(*(f"{wanted.base}/{name}".lstrip("/") for name in ("uwsgi.ini", "config/uwsgi.ini")), "uwsgi.ini")
        parts = ("uwsgi", "--http", f"{HOST}:{port.value}", *(("--ini", ini) if ini else ("--master", "--die-on-term", "--module", target)))
    why = f"{server} is among the dependencies" if proof else f"{server} is added, because the framework's own server is for development"
    found = (*((declared[1],) if declared else ()), *wanted.evidence, *((proof,) if proof else ()))
    return Command(Fact(parts, Basis.DECLARED if declared else Basis.CODE, found, why), port, install)


def declared_command(folder: Folder) -> tuple[str, Evidence] | None:
    """Return the production command that a Procfile or a start script gives."""
    entries = procfile(folder)
    for name in ("web", "app", "server", "api"):
        if name in entries:
            last = PREFIX.sub("", re.split(r"&&|;", entries[name][0])[-1].strip().strip("'\""))
            if re.match(rf"({SERVERS})\b", last):
                return last, entries[name][1]
    for text, evidence in script_commands(folder, rf"(?:(?:uv|poetry|pipenv) run )?(?:python3? -m )?(?:{SERVERS})"):
        plain = PREFIX.sub("", text)
        if "--reload" not in plain:
            return plain, evidence
    return None


def target_of(text: str) -> str | None:
    """Return the `module:object` (or bare WSGI module) that a server's command line names."""
    for part in (argv(with_port(text, 8000)) or ())[1:]:
        if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(.*\))?", part) or re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*\.(wsgi|asgi)", part):
            return part
    return None


def release_for(server: str, python: str) -> str:
    """Return a release of a server that supports this Python."""
    have = tuple(int(part) for part in python.split("."))[:2]
    return next((version for first, version in _RELEASES[server] if have >= first), _RELEASES[server][-1][1])


def _line(server: str, target: str, port: int, wanted: Wanted, extra: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command line in the server's own manner."""
    made = f"{target}()" if wanted.factory and "(" not in target else target
    factory = ("--factory",) if wanted.factory else ()
    if server == "gunicorn":
        return ("gunicorn", "--bind", f"{HOST}:{port}", *extra, made)
    if server == "uvicorn":
        return ("uvicorn", target, "--host", HOST, "--port", str(port), *factory, *extra)
    if server == "hypercorn":
        return ("hypercorn", "--bind", f"{HOST}:{port}", *extra, made)
    if server == "daphne":
        return ("daphne", "-b", HOST, "-p", str(port), *extra, target)
    if server == "granian":
        return ("granian", "--interface", "asgi" if wanted.asgi else "wsgi", "--host", HOST, "--port", str(port), *factory, target)
    return ("waitress-serve", f"--listen={HOST}:{port}", *(("--call",) if wanted.factory else ()), target)


def _gunicorn(
    parts: tuple[str, ...], wanted: Wanted, names: object, config: tuple[str, Found | None] | None, folder: Folder
) -> tuple[str, ...]:
    """Add what gunicorn needs: its settings file, and a worker that speaks the application's protocol."""
    added: tuple[str, ...] = ()
    text = " ".join(parts)
    if config and not config[0].endswith("gunicorn.conf.py"):
        added += ("-c", config[0])
    configured = config is not None and folder.find(f"{wanted.base}/{config[0]}".lstrip("/"), r"^[ \t]*worker_class\s*=") is not None
    if wanted.asgi and "-k" not in parts and "worker-class" not in text and not configured:
        added += ("-k", "uvicorn.workers.UvicornWorker")
    if isinstance(names, dict) and "flask-socketio" in names and "-k" not in parts and "-w" not in parts and not configured:
        added += ("-k", "eventlet", "-w", "1") if "eventlet" in names else ("-w", "1", "--threads", "100")
    return (*parts[:3], *added, *parts[3:])


def _which(wanted: Wanted, requirements: Requirements | None, declared: tuple[str, Evidence] | None) -> tuple[str | None, Evidence | None]:
    """Return the production server the project already has, with its proof."""
    names = requirements.names if requirements else {}
    if declared:
        first = declared[0].split()[0].removesuffix("-serve")
        if first in names:
            return first, names[first]
        if first == "uvicorn" and brings_uvicorn(requirements):
            return first, declared[1]
    order = ("uvicorn", "hypercorn", "granian", "daphne") if wanted.asgi else ("gunicorn", "uwsgi", "waitress", "granian")
    for name in order:
        if name in names:
            return name, names[name]
    if wanted.asgi and brings_uvicorn(requirements):
        return "uvicorn", names.get("fastapi") or names.get("litestar") or names.get("python-fasthtml")
    if wanted.asgi and "quart" in names:
        return "hypercorn", names["quart"]
    return None, None


def brings_uvicorn(requirements: Requirements | None) -> bool:
    """Tell whether a framework's extra, or the framework itself, brings uvicorn along."""
    if requirements is None:
        return False
    for name in ("fastapi", "litestar", "starlette"):
        proof = requirements.names.get(name)
        if proof and re.search(r"\[[^\]]*(standard|all)[^\]]*\]", requirements.versions.get(name, "") + proof.excerpt):
            return True
    return bool(requirements.any("fastapi-cli", "python-fasthtml", "uvicorn"))


def _options(text: str) -> tuple[str, ...]:
    """Return the options of a declared command that still make sense: not those that bind, reload or name the target."""
    parts = list(argv(with_port(text, 8000)) or ())[1:]
    target = target_of(text)
    kept: list[str] = []
    while parts:
        part = parts.pop(0)
        if part.split("=")[0] in _BINDING:
            if "=" not in part and parts:
                parts.pop(0)
        elif part in _DROPPED or part == target or re.fullmatch(r"-[bc]\S+", part) or part.endswith((".ini", "()")):
            continue
        elif part.startswith("-") or (kept and kept[-1].startswith("-") and "=" not in kept[-1]):
            kept.append(part)
    return tuple(kept)


def _gunicorn_config(folder: Folder, base: str) -> tuple[str, Found | None] | None:
    """Return gunicorn's settings file, relative to `base`, and the port its `bind` names."""
    prefix = f"{base}/" if base else ""
    for name in _CONFIGS:
        if folder.find(prefix + name, r"^[ \t]*(bind|workers|worker_class|timeout|accesslog|threads)\s*="):
            return name, folder.find(prefix + name, r"^[ \t]*bind\s*=[^\n]*?(?:PORT[\"'][^\n]*?[\"']|:)(\d{2,5})\b")
    return None


def _bound(declared: tuple[str, Evidence] | None, config: tuple[str, Found | None] | None) -> Fact[int] | None:
    """Return the port that the declared command or gunicorn's settings bind."""
    number = port_in(declared[0]) if declared else None
    if declared and number:
        return Fact(number, Basis.DECLARED, (declared[1],))
    if config and config[1]:
        return Fact(int(config[1].value), Basis.DECLARED, (config[1].evidence,))
    return None
