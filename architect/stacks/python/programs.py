"""Python programs that no web server starts: Streamlit and Chainlit pages, queue workers, bots, scripts, console commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.commands import argv, port_in, procfile, with_port
from architect.profile import Basis, Evidence, Fact, Role
from architect.reading import Folder
from architect.stacks.python.ports import find_health
from architect.stacks.python.requirements import Requirements
from architect.stacks.python.servers import HOST, PREFIX
from architect.stacks.python.serving import Serving, listens_locally, module_or_file
from architect.stacks.python.source import Sources
from architect.startup import readme_commands, script_commands

PAGES = {"streamlit": 8501, "chainlit": 8000}
USUAL_PAGES = ("streamlit_app.py", "app.py", "main.py", "Home.py", "home.py", "dashboard.py", "index.py")
BOTS = ("discord", "telegram", "aiogram", "slack_bolt", "telebot", "nextcord", "disnake", "pyrogram", "telethon", "schedule", "apscheduler")
TOP = ("main", "app", "run", "server", "bot", "start", "index", "application", "web", "api", "worker", "__main__")
_ASIDE = re.compile(r"setup|test|manage|example|train|download|migrat|seed|build|install|locustfile|client", re.I)
_SERVICE = re.compile(r"serv|main|app|bot|worker|run|daemon|listen|consumer|scheduler", re.I)
_LOOPS = re.compile(
    r"while True|\.start_polling|run_polling|run_forever|\.consume\(|BlockingScheduler|basic_consume|start_consuming|infinity_polling"
    r"|\.work\("
)
_STREAMLIT_APP = re.compile(r"\b(?:st|streamlit)\.App\(|^from streamlit(?:\.[\w.]+)? import [^\n]*\bApp\b", re.M)
_SERVES = re.compile(r"\b(?:uvicorn|hypercorn|granian)\b[^\n]*\(|\.serve\(|\.run\(")
_PUBLISHED = r"[\"']?(?:Programming Language|Development Status|Topic|Intended Audience) ::"


def page(folder: Folder, wanted: Requirements | None, sources: Sources) -> Serving | None:
    """Return how a Streamlit or Chainlit script is served."""
    for tool, usual_port in PAGES.items():
        proof = (wanted.names.get(tool) if wanted else None) or sources.imports.get(tool)
        users = [name for name, text in sources.texts.items() if re.search(rf"^[ \t]*(import|from) {tool}\b", text, re.M)]
        if proof is None or not users:
            continue
        launched = _launcher(folder, users, sources, proof) if tool == "streamlit" else None
        if launched:
            return launched
        script = _named_page(folder, tool) or _likely_page(folder, tool, users, sources)
        if script is None:
            continue
        port = _page_port(folder, tool) or Fact(usual_port, Basis.DEFAULT, (), f"{tool}'s own port")
        framework = Fact(tool, Basis.CODE, (proof,))
        if tool == "chainlit":
            line = ("chainlit", "run", script.value, "--host", HOST, "--port", str(port.value), "--headless")
            return Serving(framework, Fact(line, script.basis, script.evidence), port)
        options = (f"--server.address={HOST}", f"--server.port={port.value}", "--server.headless=true")
        health = Fact("/_stcore/health", Basis.CONVENTION, (proof,), "Streamlit's own health page")
        return Serving(framework, Fact(("streamlit", "run", script.value, *options), script.basis, script.evidence), port, health)
    return None


def _launcher(folder: Folder, users: list[str], sources: Sources, proof: Evidence) -> Serving | None:
    """Return the program that makes Streamlit's ASGI application and serves it itself: `streamlit run` is not how it starts."""
    mains = dict(sources.mains)
    for name in sorted((name for name in users if name in mains), key=lambda name: (name.count("/"), name)):
        text = sources.texts[name]
        if not (_STREAMLIT_APP.search(text) and _SERVES.search(text)):
            continue
        near = [hit for hit in sources.ports if hit[1].path == folder.path(name)]
        variable = next(
            (
                one
                for one in sources.variables.values()
                if one.name.endswith("PORT") and (one.default or "").isdigit() and re.search(rf"\b{one.name}\b", text, re.I)
            ),
            None,
        )
        port = (
            Fact(near[0][0], Basis.CODE, (near[0][1],))
            if near
            else Fact(int(variable.default or 0), Basis.CODE, variable.evidence)
            if variable
            else _page_port(folder, "streamlit") or Fact(PAGES["streamlit"], Basis.DEFAULT, (), "streamlit's own port")
        )
        health = find_health(sources) or Fact("/_stcore/health", Basis.CONVENTION, (proof,), "Streamlit's own health page")
        start = Fact(module_or_file(name, sources), Basis.CODE, (mains[name],), "it serves Streamlit's application itself")
        return Serving(Fact("streamlit", Basis.CODE, (proof,)), start, port, health)
    return None


def declared(folder: Folder) -> Serving | None:
    """Return any other command that a Procfile names, as it stands."""
    entries = procfile(folder)
    for name in ("web", "app", "worker", "bot", "main"):
        if name not in entries:
            continue
        text, evidence = entries[name]
        port = port_in(text) or (8000 if re.search(r"\$\{?PORT", text) else None)
        parts = argv(PREFIX.sub("", with_port(text, port)))
        if parts is None or not re.match(r"python|[\w-]+$", parts[0]):
            continue
        web = name in ("web", "app") and port is not None
        bound = Fact(port, Basis.DECLARED, (evidence,)) if web and port else None
        line = ("python", *parts[1:]) if parts[0].startswith("python") else parts
        return Serving(None, Fact(line, Basis.DECLARED, (evidence,)), bound, role=Role.WEB if web else Role.WORKER)
    return None


def worker(sources: Sources) -> Serving | None:
    """Return the worker of a repository that only works off a Celery queue."""
    if not sources.celery:
        return None
    app = max(sources.celery, key=lambda one: one.score)
    target = app.module if app.attribute in ("app", "celery") else app.target
    line = ("celery", "-A", target, "worker", "--loglevel=INFO")
    return Serving(
        Fact("celery", Basis.CODE, (app.evidence,)), Fact(line, Basis.CODE, (app.evidence,)), role=Role.WORKER, folder=app.folder
    )


def program(folder: Folder, wanted: Requirements | None, sources: Sources) -> Serving | None:
    """Return a plain program: what the README runs, a script with a main block, or the command that the package installs."""
    for text, evidence in readme_commands(folder, r"python3? (?:-m )?\S+"):
        parts = argv(PREFIX.sub("", text)) or ()
        if len(parts) == 2 and parts[1].endswith(".py") and folder.has(parts[1].removeprefix("./")) and not _ASIDE.search(parts[1]):
            return _plain(folder, sources, parts[1].removeprefix("./"), evidence, Basis.DECLARED)
    if folder.search(("pyproject.toml", "setup.cfg", "setup.py"), _PUBLISHED):
        return None
    mains = dict(sources.mains)
    for name in (f"{place}{stem}.py" for stem in TOP for place in ("", "src/")):
        if name in mains or name in sources.runs_server:
            return _plain(folder, sources, name, mains.get(name) or Evidence(folder.path(name)), Basis.CODE)
    named = sorted(
        (name for name in mains if "/" not in name and _SERVICE.search(name)), key=lambda name: (name not in sources.runs_server, name)
    )
    if named:
        return _plain(folder, sources, named[0], mains[named[0]], Basis.CODE)
    for name in (f"{place}{stem}.py" for stem in TOP for place in ("", "src/")):
        if name in sources.texts and name != "__main__.py":
            return _plain(folder, sources, name, Evidence(folder.path(name)), Basis.CONVENTION)
    if wanted and len(wanted.scripts) == 1:
        return _console(folder, wanted, sources)
    packages = [name for name in mains if name.endswith("/__main__.py")]
    single = [name for name in sources.texts if "/" not in name and not _ASIDE.search(name)]
    if len(packages) == 1:
        return _plain(folder, sources, packages[0], mains[packages[0]], Basis.CODE)
    if len(single) == 1 and (single[0] in mains or wanted is not None):
        return _plain(folder, sources, single[0], mains.get(single[0]) or Evidence(folder.path(single[0])), Basis.CONVENTION)
    return None


def _named_page(folder: Folder, tool: str) -> Fact[str] | None:
    """Return the script that the Procfile, a start script or the README runs."""
    for text, evidence in _commands(folder, rf"(?:python3? -m )?{tool} run"):
        hit = re.search(r"run\s+(?:--\S+\s+)*(?:\./)?([\w./-]+\.py)", text)
        if hit and folder.has(hit[1]):
            return Fact(hit[1], Basis.DECLARED, (evidence,))
    return None


def _likely_page(folder: Folder, tool: str, users: list[str], sources: Sources) -> Fact[str] | None:
    """Return the script that looks like the first page: a usual name, else the one that sets up the page."""

    def rank(name: str) -> tuple[int, int, int, str]:
        stem = name.rpartition("/")[2]
        return name.count("/"), USUAL_PAGES.index(stem) if stem in USUAL_PAGES else 99, "set_page_config" not in sources.texts[name], name

    order = sorted((name for name in users if "/pages/" not in f"/{name}" and not name.endswith("__init__.py")), key=rank)
    if not order:
        return None
    found = folder.find(order[0], rf"^[ \t]*((?:import|from) {tool}\b[^\n]*)")
    return Fact(order[0], Basis.CODE, (found.evidence,) if found else ())


def _page_port(folder: Folder, tool: str) -> Fact[int] | None:
    setting = folder.find(".streamlit/config.toml", r"^[ \t]*port\s*=\s*(\d+)") if tool == "streamlit" else None
    if setting:
        return Fact(int(setting.value), Basis.DECLARED, (setting.evidence,))
    for text, evidence in _commands(folder, rf"(?:python3? -m )?{tool} run"):
        number = port_in(text)
        if number:
            return Fact(number, Basis.DECLARED, (evidence,))
    return None


def _commands(folder: Folder, programs: str) -> Iterator[tuple[str, Evidence]]:
    """Yield commands from the Procfile, start scripts and the README, most binding first."""
    yield from (entry for entry in procfile(folder).values() if re.search(programs, entry[0]))
    yield from script_commands(folder, programs)
    yield from readme_commands(folder, programs)


def _console(folder: Folder, wanted: Requirements, sources: Sources) -> Serving:
    name = next(iter(wanted.scripts))
    found = folder.find("pyproject.toml", rf"^[ \t]*([\"']?{re.escape(name)}[\"']?\s*=[^\n]*)")
    start: Fact[tuple[str, ...]] = Fact(
        (name,), Basis.DECLARED, (found.evidence if found else wanted.proof,), "the command this package installs"
    )
    if sources.ports:
        return Serving(None, start, Fact(sources.ports[0][0], Basis.CODE, (sources.ports[0][1],)))
    return Serving(None, start, role=Role.JOB)


def _plain(folder: Folder, sources: Sources, name: str, evidence: Evidence, basis: Basis) -> Serving:
    """Return a script's command; it is a service when it listens, a worker when it loops, else a job."""
    start = Fact(module_or_file(name, sources), basis, (evidence,))
    bound = [hit for hit in sources.ports if hit[1].path == folder.path(name)]
    if "nicegui" in sources.imports and re.search(r"\bui\.run\(", sources.texts.get(name, "")):
        port = Fact(bound[0][0], Basis.CODE, (bound[0][1],)) if bound else Fact(8080, Basis.DEFAULT, (), "NiceGUI's own port")
        return Serving(Fact("nicegui", Basis.CODE, (sources.imports["nicegui"],)), start, port)
    if bound and name in sources.runs_server:
        return Serving(None, start, Fact(bound[0][0], Basis.CODE, (bound[0][1],)), questions=listens_locally(sources, name))
    bot = next((one for one in BOTS if one in sources.imports), None)
    loops = bot or _LOOPS.search(sources.texts.get(name, ""))
    framework = Fact(bot, Basis.CODE, (sources.imports[bot],)) if bot else None
    return Serving(framework, start, role=Role.WORKER if loops else Role.JOB)
