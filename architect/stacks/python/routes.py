"""Health routes of Python web applications, with the prefixes that routers, blueprints and URL lists put before them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.profile import Evidence
from architect.reading import find_all
from architect.stacks.python.source import Sources

HEALTH = (
    r"/?(?:[\w-]+/){0,3}(?:healthz?|health[-_]?checks?|healthy|livez?|liveness|readyz?|readiness|alive|ping|_health|__heartbeat__"
    r"|heartbeat|up|status/health|health/(?:live|liveness|ready|readiness))/?"
)
_DECORATED = re.compile(rf"@(\w+)\.(?:route|get|api_route|head|endpoint)\(\s*(?:path\s*=\s*)?[\"']({HEALTH})[\"']", re.I)
_ADDED = re.compile(rf"(?:\b(\w+)\.(?:add_(?:api_)?route|add_url_rule|add_get|add_endpoint)\(|\bRoute\()\s*[\"']({HEALTH})[\"']", re.I)
_ROOTED = re.compile(r"@(\w+)\.(?:route|get)\(\s*[\"'](/)[\"']")
_DJANGO = re.compile(rf"\b(?:re_)?path\(\s*r?[\"']\^?({HEALTH})\$?[\"']\s*,", re.I)
_ROUTER = r"^[ \t]*{name}\s*(?::[^=\n]+)?=\s*\w*(?:APIRouter|Blueprint|APIBlueprint|Router|Controller)\((?P<args>(?:[^()]|\([^()]*\))*)\)"
_APP = r"^[ \t]*{name}\s*(?::[^=\n]+)?=\s*[\w.]*(?:Flask|FastAPI|Starlette|Sanic|Quart|Bottle|APIFlask|Robyn|create_app|get_application)\("
_PREFIX = re.compile(r"(?:url_prefix|prefix)\s*=\s*(?:[\"']([^\"']*)[\"']|([\w.]+)|f[\"']([^\"']*)[\"'])")
_TAKEN = re.compile(r"\.(?:include_router|register_blueprint|blueprint)\(\s*([\w.]+)((?:[^()]|\([^()]*\))*)\)")


def health_routes(sources: Sources) -> Iterator[tuple[str, Evidence]]:
    """Yield `(path, line)` of each health route whose full path can be told."""
    taken = _taken(sources)
    for name, text in sources.texts.items():
        if not re.search(r"health|live|ready|ping|heartbeat|[\"']/?up/?[\"']|alive", text, re.I):
            continue
        path = sources.paths[name]
        for pattern in (_DECORATED, _ADDED):
            for found in find_all(path, text, pattern):
                owner, route = found.match[1] or "app", found.match[2]
                before = _before(sources, name, text, owner, taken)
                if before is not None and route.startswith("/"):
                    yield (before + route) or "/", found.evidence
        if name.endswith("urls.py"):
            parent = _url_prefix(sources, name)
            for found in find_all(path, text, _DJANGO):
                if parent is not None:
                    yield "/" + (parent + found.match[1]).lstrip("/"), found.evidence


def root_route(sources: Sources, app_file: str) -> Evidence | None:
    """Return the line where the application itself answers `/`."""
    text = sources.texts.get(app_file, "")
    for found in find_all(sources.paths.get(app_file, app_file), text, _ROOTED):
        if re.search(_APP.format(name=re.escape(found.match[1])), text, re.M):
            return found.evidence
    return None


def _before(
    sources: Sources, name: str, text: str, owner: str, taken: dict[str, list[tuple[str, str | None]]], depth: int = 0
) -> str | None:
    """Return the prefix under which a router's routes appear; None when it cannot be told."""
    if depth > 3:
        return None
    router = re.search(_ROUTER.format(name=re.escape(owner)), text, re.M)
    if router is None:
        return "" if owner in ("app", "application", "api", "self") or re.search(_APP.format(name=re.escape(owner)), text, re.M) else None
    own = _prefix(sources, router["args"])
    module = name.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
    for key in (f"{module}.{owner}", owner, f"{module}_{owner}", f"{module}_router"):
        for where, given in taken.get(key, ()):
            if key == owner and where == name and given is None:
                continue
            holder = sources.texts[where]
            by = re.search(rf"(\w+)\.(?:include_router|register_blueprint|blueprint)\(\s*{re.escape(key)}\b", holder)
            above = _before(sources, where, holder, by[1], taken, depth + 1) if by else ""
            if own is None or given is None or above is None:
                return None
            return above + given + own
    return None


def _taken(sources: Sources) -> dict[str, list[tuple[str, str | None]]]:
    """Map each router that some file includes to the files and the prefixes they give it; None for a prefix that cannot be told."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    for name, text in sources.texts.items():
        for hit in _TAKEN.finditer(text):
            found.setdefault(hit[1], []).append((name, _prefix(sources, hit[2])))
    return found


def _prefix(sources: Sources, arguments: str) -> str | None:
    """Return the prefix among a call's arguments, "" when there is none, None when it is computed."""
    hit = _PREFIX.search(arguments)
    if hit is None:
        return None if re.search(r"prefix\s*=", arguments) else ""
    if hit[1] is not None:
        return hit[1].rstrip("/")
    if hit[2]:
        variable = sources.variables.get(hit[2].rpartition(".")[2].upper())
        return variable.default.rstrip("/") if variable and variable.default is not None else None
    return None


def _url_prefix(sources: Sources, name: str) -> str | None:
    """Return the prefix under which a Django URL list is included: "" for the settings' own, None when nothing includes it."""
    module = name.removesuffix(".py").replace("/", ".")
    for other, text in sources.texts.items():
        if re.search(r"ROOT_URLCONF\s*=\s*[\"']([\w.]+)[\"']", text):
            root = re.search(r"ROOT_URLCONF\s*=\s*[\"']([\w.]+)[\"']", text)
            if root and module.endswith(root[1]):
                return ""
        for hit in re.finditer(r"path\(\s*r?[\"']\^?([^\"']*)[\"']\s*,\s*include\(\s*[\"']([\w.]+)[\"']", text):
            if other != name and module.endswith(hit[2]):
                return hit[1]
    return "" if name.count("/") <= 1 else None
