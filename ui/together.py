"""What one browser session has to do with sessions of several people: entering and leaving them, and the app's own copy of their state."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collaboration.client import Client, SessionError
from collaboration.keys import EDITOR
from collaboration.manager import CollaborationOff, new_session, websocket_manager
from engine.live import LiveRun
from ui.bridge import BRIDGE, BridgeBusyError
from ui.gate import BROWSER_HEADER
from ui.sessions import REGISTRY, BrowserSession, Membership
from workspace.secrets import mask, mask_quick

SESSION_HEADER = "x-omni-session"
MAX_BODY, MAX_SAID = 4_096, 32_768
MAX_NAME = 60
JOIN_S = 12.0
_SESSION = re.compile(r"[A-Za-z0-9_-]{20,64}")
_ENTERING: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
OVER = frozenset({"no_session", "removed", "full", "closed"})


def client_of(held: BrowserSession) -> Client | None:
    """Return the app's own end of the session that this page is in; None while it is in none, or the sidecar is away."""
    if held.membership is None:
        return None
    found = _there(held.browser, held.membership.session)
    return found if found is not None and found.over is None else None


def connection(browser: str, session: str) -> str:
    """Name the app's own end of a browser in a session: the browser's tabs share it, and two tabs may be in two sessions."""
    return f"{browser}/{session}"


def remembered(held: BrowserSession) -> None:
    """Note what a page must know to come back as who it was, should the sidecar forget the session."""
    client = client_of(held)
    if held.membership is not None and client is not None and client.role:
        held.membership = replace(held.membership, role=client.role, title=title_of(client) or held.membership.title)


def title_of(client: Client) -> str:
    """Return what the session is called."""
    named = client.state.get("session")
    return str(named.value.get("name", "")) if named is not None and isinstance(named.value, dict) else ""


def role_of(held: BrowserSession) -> str:
    """Return the role this page's user has, "" outside a session. It is the server's word, never the browser's."""
    if held.membership is None:
        return ""
    client = client_of(held)
    return (client.role if client is not None else "") or held.membership.role


def shared_run(held: BrowserSession, run_id: str) -> LiveRun | None:
    """Return a colleague's run of the session this page is in, while it is in this process; None for any other run."""
    if held.membership is None:
        return None
    for other in REGISTRY.everyone():
        together = other.membership is not None and other.membership.session == held.membership.session
        if together and other.run is not None and other.run.run_id == run_id:
            return other.run
    return None


async def ticket(request: Request) -> Response:
    """Let a page create a session (`{"name", "title"}`) or enter one (`{"session", "name"}`): an address and a token, good once."""
    held, asked = await _asked(request)
    if held is None:
        return _refused("This page's session has ended. Reload the page.", 403)
    name = mask_quick(str(asked.get("name") or "").strip())[:MAX_NAME]
    wanted, title = asked.get("session"), mask_quick(str(asked.get("title") or "").strip())[:MAX_NAME]
    if not name or (wanted is not None and not (isinstance(wanted, str) and _SESSION.fullmatch(wanted))):
        return _refused("A name, and for joining a session's id, are needed.", 422)
    known = held.membership is not None and held.membership.session == wanted
    role = held.membership.role if known and held.membership is not None else EDITOR
    try:
        client = await asyncio.wrap_future(BRIDGE.submit(_enter(held.browser, wanted, name, title, known=known, role=role)))
        session, role, title = client.session, client.role or role, title_of(client) or title
        person = websocket_manager.person(connection(held.browser, session))
        host, secure = request.headers.get("host", ""), request.url.scheme == "https"
        granted = websocket_manager.ticket(
            person, name, host, session, title=title, role=role, known=known or wanted is None, secure=secure
        )
    except SessionError as problem:
        return _refused(_in_words(problem), 409, over=problem.code in OVER)
    except (CollaborationOff, BridgeBusyError, ValueError) as problem:
        return _refused(str(problem), 409)
    except (TimeoutError, OSError):
        return _refused("The session's server does not answer.", 503)
    if held.membership is not None and held.membership.session != session:
        _left(held)
    held.membership = Membership(session, name, title, role)
    held.on_close = _left
    return _json({"url": granted.url, "token": granted.token, "session": session})


async def cleared(request: Request) -> Response:
    """Return a text that a page wants to say (`{"text"}`) without its secrets, and which kinds were found; a page says nothing unasked."""
    held, asked = await _asked(request, MAX_SAID)
    text = asked.get("text")
    if held is None:
        return _refused("This page's session has ended. Reload the page.", 403)
    if not isinstance(text, str):
        return _refused("A text is needed.", 422)
    masked = await asyncio.to_thread(mask, text)
    return _json({"text": masked.text, "found": [found.kind for found in masked.findings]})


async def leave(request: Request) -> Response:
    """Take this page out of its session; the app leaves too when it was the browser's last page in it."""
    held, _ = await _asked(request)
    if held is not None:
        _left(held)
        held.membership = None
    return _json({})


ROUTES: list[BaseRoute] = [
    Route("/api/session/ticket", ticket, methods=["POST"]),
    Route("/api/session/cleared", cleared, methods=["POST"]),
    Route("/api/session/leave", leave, methods=["POST"]),
]


async def _enter(browser: str, session: str | None, name: str, title: str, *, known: bool, role: str) -> Client:
    """Have the app join for this browser, unless it is there already; returns its client."""
    entering = connection(browser, session or new_session())
    async with asyncio.timeout(JOIN_S), _ENTERING.setdefault(entering, asyncio.Lock()):  # two tabs that enter at once share one client
        if session is None:
            await websocket_manager.create_session(entering, name, title, session_id=entering.partition("/")[2])
        else:
            there = _there(browser, session)
            if there is None or there.over is not None:
                await websocket_manager.join_session(entering, session, name, known=known, role=role)
        return websocket_manager.client(entering)


def _there(browser: str, session: str) -> Client | None:
    try:
        return websocket_manager.client(connection(browser, session))
    except LookupError:
        return None


def _left(held: BrowserSession) -> None:
    """Have the app leave with the browser's last page that was in the session."""
    mine = held.membership
    if mine is None:
        return
    others = (other for other in REGISTRY.everyone() if other is not held and other.browser == held.browser)
    if not any(other.membership is not None and other.membership.session == mine.session for other in others):
        BRIDGE.submit(websocket_manager.leave_session(connection(held.browser, mine.session)))


async def _asked(request: Request, most: int = MAX_BODY) -> tuple[BrowserSession | None, dict[str, Any]]:
    held = REGISTRY.find(request.headers.get(SESSION_HEADER, ""), request.headers.get(BROWSER_HEADER, ""))
    if int(request.headers.get("content-length") or most + 1) > most:
        return held, {}
    try:
        asked = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return held, {}
    return held, asked if isinstance(asked, dict) else {}


def _in_words(problem: SessionError) -> str:
    words = {
        "no_session": "There is no such session any more. Ask for a new link, or create one.",
        "full": "The session is full.",
        "removed": "You were removed from this session.",
    }
    return words.get(problem.code, str(problem))


def _refused(sentence: str, status: int, *, over: bool = False) -> Response:
    return _json({"error": sentence, "over": over}, status)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")
