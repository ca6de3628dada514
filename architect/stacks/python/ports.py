"""The port a Python application listens on and the path that tells it is well, with proofs."""

from __future__ import annotations

import re

from architect.commands import env_port, port_in
from architect.profile import Basis, Fact
from architect.reading import Folder
from architect.stacks.python.routes import health_routes
from architect.stacks.python.source import Sources
from architect.startup import container_port, proxy_port, readme_commands, readme_port

STARTERS = r"(?:uvicorn|gunicorn|hypercorn|daphne|granian|waitress-serve|streamlit run|fastapi (?:run|dev)|flask|python3?|sanic)"
PORT_VARIABLES = (
    "PORT", "APP_PORT", "SERVER_PORT", "WEB_PORT", "API_PORT", "FLASK_RUN_PORT", "UVICORN_PORT", "BACKEND_PORT", "HTTP_PORT",
)  # fmt: skip


def find_port(folder: Folder, sources: Sources, usual: int, near: str | None = None) -> Fact[int]:
    """Return the port: the code, settings, example environments, an existing Dockerfile, the README, the framework's usual one."""
    own = [hit for hit in sources.ports if near and hit[1].path == folder.path(near)]
    for value, evidence in own or sources.ports:
        return Fact(value, Basis.CODE, (evidence,))
    written = _in_settings(folder, sources)
    if written:
        return written
    flask = folder.find(".flaskenv", r"^(?:export )?FLASK_RUN_PORT=(\d+)")
    if flask:
        return Fact(int(flask.value), Basis.DECLARED, (flask.evidence,))
    for name in PORT_VARIABLES:
        variable = sources.variables.get(name)
        if variable and (variable.default or "").isdigit():
            return Fact(int(variable.default or 0), Basis.CODE, variable.evidence)
    stated = env_port(folder, *PORT_VARIABLES) or container_port(folder)
    if stated:
        return stated
    for text, evidence in readme_commands(folder, STARTERS):
        number = port_in(text)
        if number:
            return Fact(number, Basis.CONVENTION, (evidence,), "the command the README gives")
    return (
        proxy_port(folder)
        or readme_port(folder)
        or Fact(usual, Basis.DEFAULT, (), "the framework's usual port; nothing in the repository names another")
    )


_READ = re.compile(r"[\"'](server|http|web|api|app)(?:\.|[\"']\s*\]\s*\[\s*[\"'])port[\"']")
_SETTINGS = re.compile(r"(^|/)(settings|config|conf|defaults?|application)\.ya?ml$")
_NOT_ITS_OWN = re.compile(r"(^|/)(tests?|docs?|examples?|utils|\.github)/")


def _in_settings(folder: Folder, sources: Sources) -> Fact[int] | None:
    """Return the port that the application's own YAML settings give under the name by which the code asks for it, as `server.port`."""
    groups = dict.fromkeys(hit[1] for text in sources.texts.values() for hit in _READ.finditer(text))
    if not groups:
        return None
    names = [name for pattern in ("*.yml", "*.yaml") for name in folder.files(pattern, depth=3)]
    for name in sorted(
        (name for name in names if _SETTINGS.search(name) and not _NOT_ITS_OWN.search(name)), key=lambda name: (name.count("/"), name)
    ):
        for group in groups:
            found = folder.find(name, rf"^{group}:[^\n]*\n(?:(?:[ \t#][^\n]*)?\n)*?[ \t]+port:[ \t]*[\"']?(\d{{2,5}})\b")
            if found:
                return Fact(int(found.value), Basis.DECLARED, (found.evidence,), f"the code asks its settings for {group}.port")
    return None


def find_health(sources: Sources) -> Fact[str] | None:
    """Return a path that answers without signing in, when the code has one."""
    found = sorted(health_routes(sources), key=lambda hit: ("health" not in hit[0], len(hit[0]), hit[0]))
    return Fact(found[0][0], Basis.CODE, (found[0][1],)) if found else None
