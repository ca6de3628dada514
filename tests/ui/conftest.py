"""The routes behind the real gate, without Streamlit, and browsers signed in to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from config import settings
from ui.bridge import BRIDGE
from ui.gate import Gate, Login, cookie_name
from ui.routes import ROUTES
from ui.sessions import REGISTRY

HOST = "127.0.0.1:80"
OURS = ("OPENAI_", "GEMINI_", "WATSONX_", "OLLAMA_", "OMNI_", "ENSEMBLE_", "PRESETS_", "BUDGET_", "VENDOR_", "ANSWER_", "REDIS_", "OTEL_")


class Browser:
    """One signed-in browser profile with its test client."""

    def __init__(self, app: Starlette, login: Login):
        cookie = login.new_cookie()
        self.id = cookie.partition(".")[0]
        self.client = TestClient(app, base_url="http://127.0.0.1")
        self.client.cookies.set(cookie_name(80), cookie)

    def get(self, address: str, token: str = "", /, **params: str):
        return self.client.get(address, params=params, headers={"X-Omni-Session": token})

    def socket(self, address: str = "/api/council"):
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        return self.client.websocket_connect(address, headers={"origin": "http://127.0.0.1", "host": "127.0.0.1", "cookie": cookies})


@pytest.fixture
def browsers() -> Iterator[tuple[Browser, Browser]]:
    login = Login()
    app = Starlette(routes=ROUTES, middleware=[Middleware(Gate, login=login)])
    yield Browser(app, login), Browser(app, login)
    REGISTRY.close_all()


@pytest.fixture
def clean_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Nothing of the developer's own set-up reaches the pages; yields the data folder."""
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    monkeypatch.setenv("OMNI_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield tmp_path / "data"
    REGISTRY.close_all()
    BRIDGE.stop()
    settings.cache_clear()
