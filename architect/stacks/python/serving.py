"""How a Python web application is served: Django, an application object, or a framework with its own server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from architect.commands import procfile
from architect.profile import Basis, Evidence, Fact, Role
from architect.reading import Folder
from architect.stacks.python.ports import find_health, find_port
from architect.stacks.python.requirements import Requirements
from architect.stacks.python.servers import HOST, SERVERS, Wanted, command
from architect.stacks.python.source import App, Sources
from architect.startup import readme_commands, script_commands

RUNNERS = r"python3? \S+|flask run|fastapi dev|flask --app"
ASGI = frozenset({"fastapi", "starlette", "litestar", "quart", "fasthtml", "blacksheep", "connexion"})
OWN_SERVER = frozenset({"aiohttp", "tornado", "robyn", "sanic", "gradio", "fastmcp"})
PORTS = {"flask": 5000, "dash-server": 8050, "dash": 8050, "gradio": 7860, "tornado": 8888, "aiohttp": 8080, "bottle": 8080, "robyn": 8080}
LIKELY_FRAMEWORKS = ("fastapi", "flask", "starlette", "quart", "litestar", "sanic", "connexion", "falcon", "aiohttp")
PUBLIC = {"dash-server": "dash", "django-asgi": "django"}


@dataclass(slots=True)
class Serving:
    """The decision. `folder` is where modules are imported from, `workdir` where the process runs, `install` pinned packages to add."""

    framework: Fact[str] | None
    start: Fact[tuple[str, ...]] | None
    port: Fact[int] | None = None
    health: Fact[str] | None = None
    role: Role = Role.WEB
    folder: str = ""
    workdir: str = ""
    install: tuple[tuple[str, str], ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()


def serve(folder: Folder, wanted: Requirements | None, sources: Sources, python: str) -> Serving | None:
    """Return how this folder's web application runs, or None when it has none."""
    return _django(folder, wanted, sources, python) or _framework(folder, wanted, sources, python)


def relative(app: App, base: str) -> str:
    """Return an app's module as seen from `base`, which may differ from the folder its packages begin in."""
    path = f"{app.folder}/{app.module.replace('.', '/')}".strip("/")
    return path[len(base) :].strip("/").replace("/", ".") if not base or path.startswith(base + "/") else app.module


def module_or_file(name: str, sources: Sources) -> tuple[str, ...]:
    """Return `python file.py`, or `python -m package` where the file is a package's entry or imports relatively."""
    module = name.removesuffix(".py").removesuffix("/__main__").removeprefix("src/").replace("/", ".")
    if name.endswith("/__main__.py") or ("/" in name and re.search(r"^[ \t]*from \.", sources.texts.get(name, ""), re.M)):
        return ("python", "-m", module)
    return ("python", name)


def _django(folder: Folder, wanted: Requirements | None, sources: Sources, python: str) -> Serving | None:
    """manage.py decides the folder, the WSGI module the target, an ASGI server among the dependencies the protocol."""
    manages = (name for name in folder.files("manage.py", depth=3) if not re.search(r"(^|/)(tests?|docs?|examples?)/", name))
    manage = next(manages, None)
    settings = folder.find(manage, r"DJANGO_SETTINGS_MODULE[\"'],\s*[\"']([\w.]+)[\"']") if manage else None
    apps = [app for app in sources.apps if app.framework in ("django", "django-asgi")]
    if not (settings or (apps and (wanted is None or wanted.any("django")))):
        return None
    base = manage.rpartition("/")[0] if manage else apps[0].folder
    proof = settings.evidence if settings else apps[0].evidence
    package = settings.value.split(".")[0] if settings else apps[0].module.split(".")[0]
    apps.sort(key=lambda app: not relative(app, base).startswith(package))
    sync = next((app for app in apps if app.framework == "django"), None)
    live = next((app for app in apps if app.framework == "django-asgi"), None)
    names = wanted.names if wanted else {}
    servers = wanted.any("daphne", "uvicorn", "hypercorn") if wanted else None
    asgi = live is not None and ("channels" in names or sync is None or bool(servers and "gunicorn" not in names))
    chosen = live if asgi else sync
    target = f"{relative(chosen, base)}:{_exported(chosen, folder, sources)}" if chosen else f"{package}.wsgi:application"
    framework = Fact("django", Basis.CODE, (names["django"],) if "django" in names else (proof,))
    evidence = (chosen.evidence,) if chosen else (proof,)
    serving = Serving(framework, None, folder=base, workdir=base)
    return _served(serving, folder, wanted, sources, Wanted(target, asgi, base, evidence), python, usual=8000)


def _exported(app: App, folder: Folder, sources: Sources) -> str:
    """Return `application` where the module wraps what Django made under that name (a protocol router, a middleware)."""
    text = sources.texts.get(_local(folder, app), "")
    return "application" if re.search(r"^application\s*(?::[^=\n]+)?=", text, re.M) else app.attribute


def _framework(folder: Folder, wanted: Requirements | None, sources: Sources, python: str) -> Serving | None:
    """An application object made in the code; a factory where there is no object."""
    known = [app for app in sources.apps if app.framework not in ("django", "django-asgi")]
    names = wanted.names if wanted else {}
    makers = sorted({app.framework for app in known} - {"?"})
    guess = makers[0] if makers else next((name for name in LIKELY_FRAMEWORKS if name in names), None)
    candidates = [replace(app, framework=guess) if app.framework == "?" and guess else app for app in known]
    candidates = [app for app in candidates if app.framework != "?"]
    if not candidates:
        return None
    chosen = _mentioned(folder, candidates) or max(candidates, key=lambda app: _preference(app, len(makers) > 1))
    public = PUBLIC.get(chosen.framework, chosen.framework)
    proofs = (chosen.evidence, *((names[public],) if public in names else ()))
    serving = Serving(Fact(public, Basis.CODE, proofs), None, folder=chosen.folder)
    if chosen.framework in OWN_SERVER:
        return _own_server(serving, folder, sources, chosen)
    target = f"{chosen.target}.server" if chosen.framework == "dash" else chosen.target
    aim = Wanted(target, chosen.framework in ASGI, chosen.folder, (chosen.evidence,), chosen.factory)
    return _served(serving, folder, wanted, sources, aim, python, usual=PORTS.get(chosen.framework, 8000), near=_local(folder, chosen))


def _preference(app: App, several: bool) -> int:
    """Rank applications: objects before factories, a Dash page's server object before the page, a demo page last."""
    return app.score + (20 if app.framework == "dash-server" else 0) - (15 if several and app.framework in ("gradio", "fastmcp") else 0)


def _mentioned(folder: Folder, candidates: list[App]) -> App | None:
    """Return the application that a Procfile, a start script or the README names."""
    texts = [text for text, _ in procfile(folder).values()]
    texts += [text for text, _ in script_commands(folder, f"{SERVERS}|{RUNNERS}|uv run|poetry run")]
    texts += [text for text, _ in readme_commands(folder, f"{SERVERS}|{RUNNERS}")]
    for text in texts:
        for app in candidates:
            if re.search(rf"(?<![\w.]){re.escape(app.module)}:{re.escape(app.attribute)}\b", text):
                return app
    return None


def _served(
    serving: Serving,
    folder: Folder,
    wanted: Requirements | None,
    sources: Sources,
    aim: Wanted,
    python: str,
    *,
    usual: int,
    near: str | None = None,
) -> Serving:
    """Complete a decision with the production server's command line."""

    def port(own_server: bool) -> Fact[int]:
        return find_port(folder, sources, 8000 if own_server and usual == PORTS["flask"] else usual, near)

    line = command(folder, wanted, aim, python, port)
    return replace(serving, start=line.start, port=line.port, install=line.install, health=find_health(sources))


def listens_locally(sources: Sources, name: str) -> tuple[str, ...]:
    """Return the question to ask where a program itself listens on this machine's own address only."""
    evidence = next((evidence for evidence in sources.local if evidence.path == sources.paths.get(name)), None)
    if evidence is None:
        return ()
    return (f"{evidence} listens on the local address only, which nothing outside the container reaches; let it listen on {HOST}.",)


def _own_server(serving: Serving, folder: Folder, sources: Sources, app: App) -> Serving:
    """Frameworks that bring their own production server: run the module that starts it."""
    local = _local(folder, app)
    starters = sorted(sources.runs_server, key=lambda name: (name.count("/"), name))
    starter = local if local in sources.runs_server or not starters or app.framework == "gradio" else starters[0]
    port = find_port(folder, sources, PORTS.get(app.framework, 8000), near=starter)
    line = module_or_file(starter, sources)
    if app.framework == "sanic":
        module = f"{app.module}:{app.attribute}" if app.factory else f"{app.module}.{app.attribute}"
        line = ("sanic", module, f"--host={HOST}", f"--port={port.value}", *(("--factory",) if app.factory else ()))
    health = find_health(sources)
    environment = {}
    if app.framework == "gradio":
        environment = {"GRADIO_SERVER_NAME": HOST, "GRADIO_SERVER_PORT": str(port.value)}
        health = health or Fact("/", Basis.CONVENTION, (app.evidence,), "Gradio's page answers without signing in")
    start = Fact(line, Basis.CODE, (app.evidence, *_starter(folder, sources, starter)), f"{app.framework} brings its own server")
    asks = () if app.framework in ("sanic", "gradio") else listens_locally(sources, starter)
    return replace(serving, start=start, port=port, health=health, environment=environment, questions=asks)


def _starter(folder: Folder, sources: Sources, name: str) -> tuple[Evidence, ...]:
    return tuple(evidence for main, evidence in sources.mains if main == name)


def _local(folder: Folder, app: App) -> str:
    """Return an app's file relative to the folder."""
    return app.path.removeprefix(folder.root + "/" if folder.root else "")
