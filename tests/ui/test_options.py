"""Streamlit's settings are the ones security needs (SECURITY 35), whatever the working directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ui import options

ROOT = Path(__file__).resolve().parents[2]

WANTED = {
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["127.0.0.1", "localhost", "::1"],
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.maxUploadSize": 10,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "global.minCachedMessageSize": 1e12,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,
    "logger.hideWelcomeMessage": True,
}


def test_the_file_says_what_security_needs():
    said = options.load()
    assert {name: said[name] for name in WANTED} == WANTED


def test_the_started_app_obeys_it_from_any_folder(tmp_path):
    names = [name for name in WANTED if name != "server.address"]
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import app, streamlit as st;"
        f"print([st.get_option(name) for name in {names!r}]); print(st.get_option('theme.dark.primaryColor'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PATH": "/usr/bin", "HOME": str(tmp_path), "OMNI_ALLOWED_HOSTS": "omni.example"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    values, colour = done.stdout.strip().splitlines()
    wanted = [WANTED[name] for name in names]
    wanted[0] = [*WANTED["server.allowedHosts"], "omni.example"]
    assert values == repr(wanted)
    assert colour == options.load()["theme.dark.primaryColor"]
