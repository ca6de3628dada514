"""The examples of docs/ask.md are run as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from config import settings
from engine.__main__ import main
from providers.presets import load

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "ask.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```console\n\$ python -m engine (.+)\n([\s\S]+?)```", DOCUMENT)


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    import os

    for name in os.environ:
        if name.startswith(("OPENAI_", "GEMINI_", "WATSONX_", "OLLAMA_", "OMNI_", "ENSEMBLE_", "PRESETS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OMNI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(ROOT)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_an_example_prints_what_the_document_shows(command, output, capsys):
    assert main(shlex.split(command)) == 0
    assert capsys.readouterr().out.strip() == output.strip()


def test_the_document_has_examples():
    assert len(EXAMPLES) == 2


def test_the_preset_of_the_document_can_be_loaded(tmp_path):
    text = re.search(r"```yaml\n([\s\S]+?)```", DOCUMENT).group(1)
    (tmp_path / "presets.yaml").write_text(text)
    assert load(tmp_path / "presets.yaml")["mine"].members[0].priority == 1


def test_json_holds_text_and_sources(capsys):
    assert main(["examples/sample-shop", "--ask", "How is it started?", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "gunicorn" in document["text"]
    assert {"path": "Procfile", "line": 1} in document["sources"]


def test_a_question_nobody_can_answer_ends_with_status_1_and_bad_input_with_2(capsys):
    assert main(["examples/sample-shop", "--ask", "Why is the sky blue?"]) == 1
    assert main(["examples/sample-shop", "--ask", " "]) == 2
    assert main(["examples/sample-shop", "--ask", "which port?", "--roster", "magic"]) == 2
    assert "choose one of devops, general" in capsys.readouterr().err


def test_a_route_as_json_names_the_chain(capsys):
    assert main(["examples/sample-shop", "--route", "--json", "--instruction", "encrypt everything"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["wanted"] == "security"
    assert document["primary"] == "architect/hardened"
    assert len(document["fallback"]) == 2
