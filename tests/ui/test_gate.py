"""The gate: who is let in, who is not, and what every answer carries (SECURITY 1, 2)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from ui import gate
from ui.gate import BROWSER_HEADER, Gate, Login, cookie_name

PORT = 8501
HOST = f"127.0.0.1:{PORT}"

FOREIGN_HOSTS = [
    "",
    "evil.example",
    "evil.example:8501",
    "127.0.0.1",
    "127.0.0.1:8502",
    "localhost:80",
    "127.0.0.1.evil.example:8501",
    "0.0.0.0:8501",
]
FOREIGN_ORIGINS = [
    "",
    "null",
    "http://evil.example",
    "http://localhost:8502",
    "http://127.0.0.1:3000",
    "https://127.0.0.1:8501",
    "http://localhost:8501",
]


@dataclass
class Answer:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    reached: dict | None = None

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)


def ask(
    gate_options: dict | None = None,
    *,
    login: Login,
    path: str = "/",
    query: str = "",
    method: str = "GET",
    kind: str = "http",
    scheme: str = "http",
    headers: list[tuple[str, str]] | None = None,
) -> Answer:
    """Send one raw ASGI request through the gate; `reached` is the scope the app behind it saw, None when it saw nothing."""
    answer = Answer()

    async def app(scope, receive, send):
        answer.reached = scope
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-security-policy", b"theirs")]})
            await send({"type": "http.response.body", "body": b"inside"})
        else:
            await send({"type": "websocket.accept"})

    async def send(message):
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            answer.status = message["status"]
            answer.headers = [(name.decode().lower(), value.decode()) for name, value in message["headers"]]
        elif message["type"] in ("http.response.body", "websocket.http.response.body"):
            answer.body += message["body"]
        elif message["type"] == "websocket.accept":
            answer.status = 101

    async def receive():
        raise AssertionError("the gate reads no body")

    given = [("host", HOST)] if headers is None else headers
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "scheme": scheme if kind == "http" else "ws",
        "server": ("127.0.0.1", PORT),
        "headers": [(name.encode(), value.encode()) for name, value in given],
        "extensions": {"websocket.http.response": {}},
    }
    asyncio.run(Gate(app, login, **(gate_options or {}))(scope, receive, send))
    return answer


@pytest.fixture
def login() -> Login:
    return Login()


def signed(login: Login, *more: tuple[str, str], host: str = HOST) -> list[tuple[str, str]]:
    return [("host", host), ("cookie", f"{cookie_name(PORT)}={login.new_cookie()}"), *more]


@pytest.mark.parametrize(
    "path", ["/", "/review", "/static/js/index.js", "/_stcore/health", "/_stcore/metrics", "/_stcore/stream", "/api/tree", "/no"]
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_every_route_without_the_cookie_is_401_with_a_page_that_helps(login, path, kind):
    origin = [("origin", f"http://{HOST}")] if kind == "websocket" else []
    answer = ask(login=login, path=path, kind=kind, headers=[("host", HOST), *origin])
    assert answer.status == 401
    assert answer.reached is None
    assert b"Open the link printed at start" in answer.body


def test_the_link_signs_in_with_a_strict_cookie_and_leaves_the_token_behind(login):
    answer = ask(login=login, query=f"token={login.token}")
    assert answer.status == 303
    assert answer.header("location") == "/"
    cookie = answer.header("set-cookie")
    assert cookie.startswith(f"{cookie_name(PORT)}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert login.token not in cookie
    again = ask(login=login, path="/review", headers=[("host", HOST), ("cookie", cookie.partition(";")[0])])
    assert again.status == 200


def test_a_link_clicked_on_another_site_gets_a_page_that_moves_on_because_a_redirect_would_not_carry_the_cookie(login):
    foreign = [("host", HOST), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]
    answer = ask(login=login, query=f"token={login.token}", headers=foreign)
    assert answer.status == 200
    assert answer.header("set-cookie")
    assert b"url=/" in answer.body
    assert login.token.encode() not in answer.body


def test_a_wrong_token_is_refused_with_its_reason(login):
    answer = ask(login=login, query="token=" + "x" * 43)
    assert answer.status == 401
    assert b"not valid any more" in answer.body
    assert not answer.header("set-cookie")


def test_a_signed_in_browser_with_a_stale_link_just_arrives(login):
    answer = ask(login=login, query="token=stale", headers=signed(login))
    assert (answer.status, answer.header("location")) == (303, "/")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8501", "127.0.0.1", "127.0.0.1:8502", "localhost:80", "127.0.0.1.evil.example:8501", "0.0.0.0:8501", ""],
)
def test_a_foreign_host_is_403_even_with_the_cookie(login, host):
    assert ask(login=login, headers=signed(login, host=host)).status == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "LOCALHOST:8501", "[::1]:8501"])
def test_loopback_names_with_the_right_port_are_served(login, host):
    assert ask(login=login, headers=signed(login, host=host)).status == 200


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_an_origin_other_than_the_page_itself_is_403(login, origin, kind):
    answer = ask(login=login, kind=kind, path="/_stcore/stream", headers=signed(login, ("origin", origin)))
    assert answer.status == 403
    assert answer.reached is None


def test_the_page_itself_may_open_its_socket(login):
    answer = ask(login=login, kind="websocket", path="/_stcore/stream", headers=signed(login, ("origin", f"http://{HOST}")))
    assert answer.status == 101


def test_a_socket_or_a_write_without_an_origin_is_403(login):
    assert ask(login=login, kind="websocket", path="/_stcore/stream", headers=signed(login)).status == 403
    assert ask(login=login, method="PUT", path="/_stcore/upload_file/x", headers=signed(login)).status == 403


def test_a_header_sent_twice_is_403(login):
    assert ask(login=login, headers=signed(login, ("host", HOST))).status == 403
    twice = signed(login, ("origin", f"http://{HOST}"), ("origin", f"http://{HOST}"))
    assert ask(login=login, headers=twice).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_here_but_not_embed_or_fetch(login, site):
    def status(mode: str, dest: str) -> int:
        fetch = [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)]
        return ask(login=login, headers=signed(login, *fetch)).status

    assert status("navigate", "document") == 200
    assert status("navigate", "iframe") == 403
    assert status("no-cors", "image") == 403
    assert status("cors", "empty") == 403


def test_a_proxys_name_is_served_with_its_port_or_without_and_over_https(login):
    options = {"allowed_hosts": ("omni.example", "build.example:9000")}
    for host in ("omni.example", f"omni.example:{PORT}", "build.example:9000"):
        assert ask(options, login=login, headers=signed(login, host=host)).status == 200
        origin = ("origin", f"https://{host}")
        assert ask(options, login=login, kind="websocket", headers=signed(login, origin, host=host)).status == 101
    assert ask(options, login=login, headers=signed(login, host="build.example")).status == 403


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "0" * 32, "." + "0" * 64, "0" * 32 + "." + "0" * 64, "é.é"])
def test_a_made_up_cookie_is_401(login, cookie):
    assert ask(login=login, headers=[("host", HOST), ("cookie", f"{cookie_name(PORT)}={cookie}")]).status == 401


def test_a_cookie_of_another_start_or_port_is_401(login):
    assert ask(login=login, headers=[("host", HOST), ("cookie", f"{cookie_name(PORT)}={Login().new_cookie()}")]).status == 401
    assert ask(login=login, headers=[("host", HOST), ("cookie", f"{cookie_name(8502)}={login.new_cookie()}")]).status == 401


def test_each_browser_gets_its_own_id_and_the_gate_alone_names_it(login):
    header = BROWSER_HEADER.encode()
    seen = set()
    for _ in range(3):
        answer = ask(login=login, headers=signed(login, (BROWSER_HEADER, "forged")))
        named = [value for name, value in answer.reached["headers"] if name == header]
        assert len(named) == 1
        assert named != [b"forged"]
        seen.update(named)
    assert len(seen) == 3


def test_a_browser_keeps_its_id_over_a_new_start(login):
    old = Login().new_cookie()
    answer = ask(login=login, query=f"token={login.token}", headers=[("host", HOST), ("cookie", f"{cookie_name(PORT)}={old}")])
    fresh = answer.header("set-cookie").partition("=")[2].partition(";")[0]
    assert login.browser(fresh) == old.partition(".")[0]


def test_health_is_open_and_says_ok_alone(login):
    answer = ask(login=login, path="/healthz", headers=[("host", "10.0.0.7")])
    assert (answer.status, answer.body) == (200, b"ok")


def test_what_the_app_serves_carries_the_policy_once(login):
    answer = ask(login=login, path="/review", headers=signed(login))
    policy = [value for name, value in answer.headers if name == "content-security-policy"]
    assert len(policy) == 1
    assert "frame-ancestors 'none'" in policy[0]
    assert "object-src 'none'" in policy[0]
    assert "img-src 'self' data: blob:" in policy[0]
    assert "'unsafe-eval'" not in policy[0]
    assert "'unsafe-inline'" not in policy[0].partition("style-src")[0]
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "no-referrer"
    assert answer.header("x-frame-options") == "DENY"


def test_a_short_fixed_token_is_refused_with_a_clear_sentence():
    with pytest.raises(ValueError, match="OMNI_LOGIN_TOKEN has 5 characters"):
        Login("short")


def test_a_fresh_token_has_256_bits():
    assert len(Login().token) >= 43
    assert Login().token != Login().token


# -- the metrics -----------------------------------------------------------------------------------------------------------


def test_the_metrics_lie_behind_the_gate_and_a_scraper_shows_the_token(clean_settings):
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.testclient import TestClient

    from ui.routes import ROUTES

    login = Login()
    client = TestClient(Starlette(routes=ROUTES, middleware=[Middleware(Gate, login=login)]), base_url="http://127.0.0.1")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {login.token}"})
    assert answer.status_code == 200
    assert "omni_runs_active 0.0" in answer.text
    assert login.token not in answer.text
    assert client.get("/api/tree", headers={"Authorization": f"Bearer {login.token}"}).status_code == 401, "nowhere else"
    assert client.get("/metrics", headers={"Authorization": f"Bearer {login.token}", "Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "more", "waits"),
    [
        ("/", (), True),
        ("/review", (("sec-fetch-dest", "document"),), True),
        ("/static/js/index.js", (("sec-fetch-dest", "script"),), False),
        ("/api/tree", (("sec-fetch-dest", "empty"),), False),
    ],
)
def test_a_whole_page_waits_until_it_is_known_where_sessions_are_and_nothing_else_does(login, monkeypatch, path, more, waits):
    known: list[str] = []

    async def settled() -> None:
        known.append("asked")

    monkeypatch.setattr(gate.websocket_manager, "settled", settled)
    assert ask(login=login, path=path, headers=signed(login, *more)).status == 200
    assert bool(known) is waits
