"""The door: ASGI middleware that lets in browsers which opened the sign-in link, and sets the security headers (SECURITY 1, 2)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collaboration.manager import websocket_manager
from ui import headers as policy
from ui.doorpages import FORBIDDEN, SIGNED_OUT, STALE_LINK, arriving

BROWSER_HEADER = "x-omni-browser"
"""Set by the gate alone on every request it lets through; names the browser to the pages and routes."""

HEALTH_PATH = "/healthz"
METRICS_PATH = "/metrics"
"""A scraper keeps no cookie, so here alone the sign-in token is also taken as a bearer token."""
MIN_TOKEN = 32
COOKIE_AGE_S = 180 * 24 * 3600
_BROWSER_ID = re.compile(r"[0-9a-f]{32}")
_WILDCARDS = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104  names of addresses, nothing is bound here
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Login:
    """The sign-in token of this process, and the cookies derived from it: `<browser id>.<signature>`.

    The signature is HMAC-SHA256 under the token, so the process keeps no table of browsers and a cookie of an earlier
    start is worthless unless the operator fixed the token. Raises ValueError when a fixed token is too short.
    """

    def __init__(self, token: str | None = None):
        if token is not None and len(token) < MIN_TOKEN:
            raise ValueError(
                f"OMNI_LOGIN_TOKEN has {len(token)} characters, at least {MIN_TOKEN} are needed; leave it unset to get a fresh one."
            )
        self.token = token or secrets.token_urlsafe(32)

    def accepts(self, token: str) -> bool:
        """Compare a token in constant time."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())

    def new_cookie(self, old: str = "") -> str:
        """Make a cookie. A browser that shows one of an earlier start keeps its id, and with it its history.

        An id is as hard to guess as the token and leaves the cookie for no page, so showing it is proof enough.
        """
        known = old.partition(".")[0]
        browser = known if _BROWSER_ID.fullmatch(known) else secrets.token_hex(16)
        return f"{browser}.{self._sign(browser)}"

    def browser(self, cookie: str) -> str | None:
        """Return the browser id of a genuine cookie, else None."""
        browser, _, signature = cookie.partition(".")
        genuine = hmac.compare_digest(signature.encode("utf-8", "replace"), self._sign(browser).encode())
        return browser if genuine and browser else None

    def _sign(self, browser: str) -> str:
        return hmac.new(self.token.encode(), b"browser:" + browser.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def cookie_name(port: int) -> str:
    """Name the cookie after the port: cookies ignore ports, and two instances on one host must not sign each other out."""
    return f"omni_{port}"


class Gate:
    """Refuse every request of a foreign Host or Origin (403) and of a browser that has not signed in (401).

    `bind_host` is the address the server listens on; `allowed_hosts` are further names a proxy serves it under, with or without a port.
    """

    def __init__(self, app: ASGIApp, login: Login, bind_host: str = "127.0.0.1", allowed_hosts: Iterable[str] = ()):
        self._app = app
        self._login = login
        self._bind_host = bind_host.lower()
        self._extra = tuple(host.strip().lower() for host in allowed_hosts if host.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge the request, then pass it on with the browser's id and the headers of the policy."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] == HEALTH_PATH:
            await _respond(scope, send, 200, "ok", "text/plain; charset=utf-8")
            return
        port = int((scope.get("server") or ("", 0))[1] or 0)
        received = _Headers(scope)
        host = received.one("host")
        if host is None or not self._serves(host.lower(), port) or not self._same_origin(scope, received, host.lower()):
            await _respond(scope, send, 403, FORBIDDEN)
            return
        browser = self._login.browser(received.cookie(cookie_name(port)))
        if scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET":
            token = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")
            if token is not None:
                await self._sign_in(scope, send, token, browser, received, port)
                return
        if browser is None and self._scrapes(scope, received):
            browser = ""
        if browser is None:
            await _respond(scope, send, 401, SIGNED_OUT)
            return
        kept = [(name, value) for name, value in scope["headers"] if name.lower() != BROWSER_HEADER.encode()]
        scope = {**scope, "headers": [*kept, (BROWSER_HEADER.encode(), browser.encode())]}
        if scope["type"] == "http" and _is_page(scope, received):
            await websocket_manager.settled()
        await self._app(scope, receive, _with_policy(scope, send, host))

    def _scrapes(self, scope: Scope, received: _Headers) -> bool:
        """Tell whether this is a scraper of the metrics that shows the token."""
        if scope["type"] != "http" or scope["path"] != METRICS_PATH or scope["method"] != "GET":
            return False
        kind, _, token = (received.one("authorization") or "").partition(" ")
        return kind.lower() == "bearer" and self._login.accepts(token.strip())

    async def _sign_in(self, scope: Scope, send: Send, token: str, browser: str | None, received: _Headers, port: int) -> None:
        """Answer the sign-in link; a browser that is signed in already keeps its id."""
        if not self._login.accepts(token):
            if browser is None:
                await _respond(scope, send, 401, STALE_LINK)
            else:
                await _respond(scope, send, 303, "", extra=[(b"location", b"/")])
            return
        extra: list[tuple[bytes, bytes]] = []
        if browser is None:
            cookie = self._login.new_cookie(received.cookie(cookie_name(port)))
            secure = "; Secure" if scope["scheme"] == "https" else ""
            attributes = f"; Path=/; Max-Age={COOKIE_AGE_S}; HttpOnly; SameSite=Strict{secure}"
            extra.append((b"set-cookie", f"{cookie_name(port)}={cookie}{attributes}".encode()))
        if received.one("sec-fetch-site") in ("cross-site", "same-site"):
            # A strict cookie is not sent along a redirect that another site began; a page of ours that moves on is ours.
            await _respond(scope, send, 200, arriving(), extra=extra)
        else:
            await _respond(scope, send, 303, "", extra=[*extra, (b"location", b"/")])

    def _serves(self, host: str, port: int) -> bool:
        if host in self._extra:
            return True
        names = set(_LOOPBACK) if self._bind_host in _WILDCARDS else {*_LOOPBACK, self._bind_host}
        names.update(extra for extra in self._extra if ":" not in extra)
        accepted = {f"{name}:{port}" for name in names}
        return host in accepted or (port == 80 and host in names)

    def _same_origin(self, scope: Scope, received: _Headers, host: str) -> bool:
        """Tell whether the page that sent this is our own: by Origin where it is sent, by Fetch Metadata otherwise."""
        origins = received.all("origin")
        if len(origins) > 1:
            return False
        if origins:
            schemes = ("http", "https") if host in self._extra or host.rpartition(":")[0] in self._extra else (_page_scheme(scope),)
            return origins[0].lower() in {f"{scheme}://{host}" for scheme in schemes}
        if scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD"):
            return False
        if received.one("sec-fetch-site") in ("cross-site", "same-site"):
            return received.one("sec-fetch-mode") == "navigate" and received.one("sec-fetch-dest") == "document"
        return True


class _Headers:
    """The request's headers by lower-case name; a header sent twice counts as not sent where one is wanted."""

    def __init__(self, scope: Scope):
        self._pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]

    def all(self, name: str) -> list[str]:
        return [value for header, value in self._pairs if header == name]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if len(values) == 1 else None

    def cookie(self, name: str) -> str:
        for value in self.all("cookie"):
            for part in value.split(";"):
                key, _, content = part.strip().partition("=")
                if key == name:
                    return content
        return ""


def _is_page(scope: Scope, received: _Headers) -> bool:
    """Tell whether a whole page is asked for, whose headers say what it may connect to as long as it is open."""
    wanted = received.one("sec-fetch-dest")
    return wanted == "document" if wanted is not None else scope["path"] == "/"


def _page_scheme(scope: Scope) -> str:
    scheme: str = scope["scheme"]
    return {"ws": "http", "wss": "https"}.get(scheme, scheme)


def _with_policy(scope: Scope, send: Send, host: str) -> Send:
    """Add the policy's headers to the response; a header Streamlit sets itself is replaced, never doubled."""
    if scope["type"] == "websocket":
        return send
    wanted = policy.for_page(scope["path"], host, websocket_manager.sources(host))

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": list(message.get("headers", []))}
            sent = MutableHeaders(raw=message["headers"])
            for name, value in wanted.items():
                sent[name] = value
        await send(message)

    return sending


async def _respond(
    scope: Scope, send: Send, status: int, body: str, kind: str = "text/html; charset=utf-8", *, extra: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer from the gate itself; a WebSocket is refused during its handshake with the same status."""
    content = body.encode()
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(content)).encode()),
        *((name.encode(), value.encode()) for name, value in policy.for_door().items()),
        *extra,
    ]
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})
    elif "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": content})
    else:
        await send({"type": "websocket.close", "code": 1008})
