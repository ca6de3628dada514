"""The routes beside Streamlit's own, all behind the gate: what the explorer reads, changes on disk, the live council, answers that come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from config import settings
from engine.resources import resources
from ui import together, voice
from ui.asking import answering
from ui.components import SCRIPTS, script
from ui.council import council
from ui.gate import BROWSER_HEADER, METRICS_PATH
from ui.names import NAMES
from ui.sessions import REGISTRY, BrowserSession
from ui.watching import WATCHERS, BridgeBusyError
from workspace.errors import NotFound, WorkspaceError
from workspace.files import Entry, Workspace
from workspace.searching import search_content
from workspace.secrets import mask

SESSION_HEADER = "x-omni-session"
"""Carries the page's session token; a header and never the address, which ends up in logs and histories."""

PAGE_SIZE = 500
MAX_ENTRIES = 10_000
MAX_HITS = 100
NAMED = 4
"""Files a notice of changes names; the others are counted."""
PREVIEWED, PREVIEWED_LINES, PREVIEWED_WIDTH = 200_000, 2_000, 1_000
"""Characters read for a preview, the lines shown of them, and the characters of each."""


async def tree(request: Request) -> Response:
    """List a part of one folder: `path`, `offset`, `order` (`smart`, the default, or `name`)."""

    def listed(workspace: Workspace) -> dict[str, Any]:
        path = request.query_params.get("path", "")
        offset = _number(request.query_params.get("offset"))
        if request.query_params.get("order") == "name":
            page = workspace.page(path, limit=MAX_ENTRIES)
            entries = sorted(page.entries, key=lambda entry: (not entry.is_folder, entry.name.casefold()))[offset : offset + PAGE_SIZE]
        else:
            page = workspace.page(path, offset=offset, limit=PAGE_SIZE)
            entries = list(page.entries)
        return {"path": path, "offset": offset, "total": page.total, "entries": [_entry(entry) for entry in entries]}

    return await _with_workspace(request, listed)


async def search(request: Request) -> Response:
    """Find files: `q` holds words that must all appear in the path, or with `mode=content` a text that a line holds."""
    asked = request.query_params.get("q", "")[:200]

    def named(workspace: Workspace) -> dict[str, Any]:
        paths, left_out = NAMES.find(workspace, asked, MAX_HITS + 1)
        more = "More files match. Add a word to narrow the search." if len(paths) > MAX_HITS else ""
        return {"paths": paths[:MAX_HITS], "note": f"{more} {left_out}".strip()}

    if request.query_params.get("mode") != "content":
        return await _with_workspace(request, named)
    session = _session(request)
    turn = session.next_search() if session is not None else 0

    def held(workspace: Workspace) -> dict[str, Any]:
        # a page asks at each pause in typing: the search before is given up, so that one at a time goes on
        found = search_content(workspace, asked, ended=lambda: session is None or session.searches != turn)
        return {"matches": [asdict(match) for match in found.matches], "note": found.note}

    return await _with_workspace(request, held)


async def preview(request: Request) -> Response:
    """Show the beginning of one file, `path`, as text without its secrets."""

    def read(workspace: Workspace) -> dict[str, Any]:
        path = request.query_params.get("path", "")
        head = workspace.read_head(path, PREVIEWED)
        found = mask(head.text, path)
        lines = found.text.splitlines()[:PREVIEWED_LINES]
        cut = head.truncated or len(lines) < len(found.text.splitlines())
        return {
            "path": path,
            "lines": [line[:PREVIEWED_WIDTH] for line in lines],
            "masked": [finding.line for finding in found.findings],
            "cut": cut,
            "size": head.size,
        }

    return await _with_workspace(request, read)


async def changes(request: Request) -> Response:
    """Tell which files changed on disk after the mark `since`, and how far the marks are now."""

    def noticed(workspace: Workspace) -> dict[str, Any]:
        watcher = WATCHERS.of(workspace)
        mark = watcher.mark
        found = watcher.since(_number(request.query_params.get("since")))
        return {"mark": mark, "count": len(found), "files": found[:NAMED], "how": watcher.how, "why": watcher.why_off}

    return await _with_workspace(request, noticed)


async def metrics(_request: Request) -> Response:
    """Tell Prometheus what this process has counted."""
    if not settings().metrics_enabled:
        return _json({"error": "METRICS_ENABLED is false on this server."}, 404)
    text = await asyncio.to_thread(resources(settings()).metrics.text)
    return Response(text, 200, {"Cache-Control": "no-store"}, "text/plain; version=0.0.4; charset=utf-8")


async def _with_workspace(request: Request, answer: Callable[[Workspace], dict[str, Any]]) -> Response:
    session = _session(request)
    if session is None:
        return _json({"error": "This page's session has ended. Reload the page."}, 403)
    if session.workspace is None:
        return _json({"error": "No workspace is open."}, 409)
    try:
        return _json(await asyncio.to_thread(answer, session.workspace))
    except NotFound as problem:
        return _json({"error": problem.message}, 404)
    except BridgeBusyError as problem:
        return _json({"error": str(problem)}, 503)
    except WorkspaceError as problem:
        return _json({"error": problem.message}, 422)


def _session(request: Request) -> BrowserSession | None:
    return REGISTRY.find(request.headers.get(SESSION_HEADER, ""), request.headers.get(BROWSER_HEADER, ""))


def _entry(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in asdict(entry).items() if key != "rank"}


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")


async def component(request: Request) -> Response:
    """Return a component's script; its address names its content, so a browser asks once."""
    try:
        text = script(request.path_params["name"])
    except KeyError:
        return Response("There is no such component.", 404, media_type="text/plain")
    return Response(text, 200, {"Cache-Control": "private, max-age=31536000, immutable"}, "text/javascript")


ROUTES: list[BaseRoute] = [
    Route(SCRIPTS, component, methods=["GET"]),
    Route("/api/tree", tree, methods=["GET"]),
    Route("/api/search", search, methods=["GET"]),
    Route("/api/changes", changes, methods=["GET"]),
    Route("/api/preview", preview, methods=["GET"]),
    WebSocketRoute("/api/council", council),
    WebSocketRoute("/api/answer", answering),
    Route(METRICS_PATH, metrics, methods=["GET"]),
    *together.ROUTES,
    *voice.ROUTES,
]
