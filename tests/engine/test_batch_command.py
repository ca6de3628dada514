"""`python -m engine batch`: the guide's lines work as they stand there, failures are lines too, bad input is a sentence."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from engine.__main__ import main
from tests.e2e.vendors import running, voices

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "ensembles.md"
LINES = [shlex.split(line.partition(" > ")[0])[3:] for line in re.findall(r"^python -m engine batch.*$", GUIDE.read_text(), re.MULTILINE)]
PRESETS = """presets:
  panel:
    strategy: voting
    members:
      - {vendor: openai, model: amber}
      - {vendor: openai, model: birch}
      - {vendor: openai, model: cedar}
"""

pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.fixture
def panel(own_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A preset of three models of a vendor on this machine, two of which say the same."""
    (tmp_path / "presets.yaml").write_text(PRESETS)
    (tmp_path / "questions.txt").write_text("Is 17 prime?\n\nIs 19 prime?\n")
    vendor = voices({"amber": "yes", "birch": "yes", "cedar": "no"}, {"amber": 0.0, "birch": 0.0, "cedar": 0.0})
    with running(vendor):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
        monkeypatch.setenv("OPENAI_BASE_URL", vendor.server.url + "/v1")
        monkeypatch.setenv("PRESETS_FILE", str(tmp_path / "presets.yaml"))
        config.settings.cache_clear()
        yield


@pytest.mark.usefixtures("panel")
@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_the_guides_lines_answer_every_question_in_its_order(line: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 0
    told = capsys.readouterr()
    text = (tmp_path / line[line.index("--out") + 1]).read_text() if "--out" in line else told.out
    answers = [json.loads(entry) for entry in text.splitlines()]
    assert [(entry["question"], entry["response"]) for entry in answers] == [("Is 17 prime?", "yes"), ("Is 19 prime?", "yes")]
    assert all(len(entry["individual_responses"]) >= 2 for entry in answers)
    assert "2 of 2" in told.err


def test_the_guide_shows_every_option() -> None:
    from engine.batch_command import parser

    shown = {word for line in LINES for word in line if word.startswith("--")}
    assert {name for action in parser()._actions for name in action.option_strings if name.startswith("--")} - shown == {"--help"}


@pytest.mark.usefixtures("panel")
def test_a_question_that_fails_is_a_line_too_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "questions.txt", "--preset", "panel", "--strategy", "unanimous"]) == 1
    told = capsys.readouterr()
    answers = [json.loads(entry) for entry in told.out.splitlines()]
    assert [(entry["response"], bool(entry["error"]["message"])) for entry in answers] == [(None, True), (None, True)]
    assert "2 failed" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.txt"], "could not be read"),
        (["empty.txt"], "holds no question"),
        (["one.txt", "--concurrency", "0"], "1 to 16"),
        (["one.txt", "--max-cost", "0"], "above 0"),
        (["one.txt", "--preset", "magic"], "balanced"),
        (["one.txt"], "OPENAI_API_KEY"),
    ],
)
def test_bad_input_is_a_sentence_and_status_2(arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "one.txt").write_text("Is 17 prime?\n")
    assert main(["batch", *arguments]) == 2
    assert said in capsys.readouterr().err
