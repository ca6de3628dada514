"""A page that fails says an id and where its record is; nothing of the exception reaches the browser (SECURITY 34)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.testing.v1 import AppTest, app_test

from config import Settings
from telemetry import logs
from ui.errors import report
from ui.navigation import PAGES

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canarysings" + "inthe" + "traceback"
FAILING = {
    "generate": "ui.widgets.opening.opening",
    "review": "ui.widgets.review.history.bar",
    "deliver": "ui.widgets.deliver.changes.no_workspace",
    "ask": "ui.widgets.ask.questions.no_workspace",
    "collaborate": "ui.widgets.collaborate.activity.nobody",
    "monitor": "ui.widgets.monitor.head.downloads",
    "experiments": "ui.widgets.experiments.running.collect",
    "settings": "ui.widgets.settings.keys.panel",
}
"""What of each page is made to fail."""

SENT: list[bytes] = []


class Runner(app_test.LocalScriptRunner):
    """Streamlit's test runner with the app's own handler of errors, keeping every byte that a browser would be sent."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._on_script_error = report
        self.on_event.connect(self._keep, weak=False)

    def _keep(self, _sender: object, event: ScriptRunnerEvent, **told: Any) -> None:
        if event == ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
            SENT.append(told["forward_msg"].SerializeToString())


def fails(*_arguments: object, **_named: object) -> None:
    secret = CANARY  # a local value, which a trace with values would show
    try:
        raise KeyError(secret)
    except KeyError as inner:
        raise RuntimeError(f"it says {secret}") from inner


@pytest.fixture
def log(clean_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(app_test, "LocalScriptRunner", Runner)
    SENT.clear()
    level = logging.getLogger().level
    path = clean_settings.parent / "omni_architect.log"
    logs.configure(Settings(_env_file=None, omni_log_file=path))
    yield path
    logs.close()
    logging.getLogger().setLevel(level)


def identity(test: AppTest) -> str:
    (told,) = [found.group(1) for error in test.error if (found := re.search(r"error id ([0-9a-f]{8})\.", error.value))]
    return told


def test_every_page_is_made_to_fail() -> None:
    assert list(FAILING) == [page.id for page in PAGES]


@pytest.mark.parametrize("page", FAILING)
def test_a_failing_page_shows_an_id_and_not_a_byte_of_the_exception(page: str, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60).run()
    monkeypatch.setattr(FAILING[page], fails)
    test.switch_page(f"../pages/{page}.py").run()
    assert not test.exception
    told = identity(test)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (record,) = [line for line in lines if line.get("error_id") == told]
    assert CANARY in record["error"]["message"]
    assert not any(CANARY.encode() in sent for sent in SENT)
    assert b"Traceback" not in b"".join(SENT)

    monkeypatch.undo()
    monkeypatch.setattr(app_test, "LocalScriptRunner", Runner)
    test.button(key="show_in_log").click().run()
    assert test.text_input(key="monitor_log_find").value == told
    assert any("RuntimeError at" in str(piece.value) and told in str(piece.value) for piece in test.get("html"))
    assert not any(CANARY.encode() in sent for sent in SENT)


def test_a_click_whose_own_code_fails_says_the_same(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60).run()
    monkeypatch.setattr("engine.generate.read_profile", fails)
    test.button(key="open_sample").click().run()
    assert not test.exception
    assert identity(test) in log.read_text()
    assert not any(CANARY.encode() in sent for sent in SENT)
