"""What the tests of the engine's commands share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import config


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No key, no .env and no data folder of the developer's machine takes part."""
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "WATSONX_API_KEY", "WATSONX_PROJECT_ID", "OLLAMA_HOST", "PRESETS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMNI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()
