"""Starts the app as a user does, on a free port with its own data folder, and hands out signed-in pages of a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE_MS = int(os.environ.get("E2E_PATIENCE_MS", "30000"))

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class App:
    """A started app: its sign-in link, its address, its data folder."""

    link: str
    address: str
    data: Path
    process: subprocess.Popen[bytes]


def start_app(data: Path, **environment: str) -> App:
    """Start `python app.py` and wait for its link; no key and no vendor of the developer's own environment reaches it."""
    ours = re.compile(r"(OPENAI|GEMINI|GOOGLE|WATSONX|OLLAMA|OMNI|STREAMLIT|ENSEMBLE|WEBSOCKET|REDIS|TRANSCRIPTION|WEBRTC)_")
    inherited = {name: value for name, value in os.environ.items() if not ours.match(name)}
    settings = {
        "OMNI_PORT": "0",
        "OMNI_DATA_DIR": str(data),
        "OMNI_LOG_FILE": str(data / "omni_architect.log"),
        "PYTHONUNBUFFERED": "1",
        "WEBSOCKET_PORT": "0",
    }
    said = data / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            cwd=data,
            env={**inherited, **settings, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    link = _wait_for_link(process, said)
    return App(link, link.partition("/?")[0], data, process)


def stop_app(app: App) -> int:
    """Stop the app as Ctrl-C in a service manager does; returns its exit status."""
    app.process.terminate()
    try:
        return app.process.wait(10)
    except subprocess.TimeoutExpired:
        app.process.kill()
        return app.process.wait()


def _wait_for_link(process: subprocess.Popen[bytes], said: Path, patience_s: float = 60) -> str:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = re.search(r"http://\S+/\?token=\S+", said.read_text(errors="replace"))
        if found:
            return found.group()
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"the app did not print its link; it said: {said.read_text(errors='replace')!r}")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    started = start_app(tmp_path_factory.mktemp("data"))
    yield started
    stop_app(started)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        installed = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser profile: its own cookies, at the size the layout is made for."""
    made = chromium.new_context(viewport={"width": 1366, "height": 768})
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, app: App) -> Page:
    """A page that followed the sign-in link."""
    opened = context.new_page()
    opened.goto(app.link)
    return opened
