"""Every line of docs/command-line.md does what it says with no key, and no option of the command line is missing there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from engine import experiment_command
from engine.__main__ import main, parser

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "command-line.md").read_text()
LINES = [shlex.split(line, comments=True) for line in re.findall(r"^python -m engine (.*)$", GUIDE, re.MULTILINE)]
ELSEWHERE = {"--help", "--prove"}
"""`--prove` needs Docker or Podman; its own tests have them."""

pytestmark = pytest.mark.usefixtures("own_settings")


def test_no_option_is_missing() -> None:
    shown = {word for line in LINES for word in line if word.startswith("--")}
    known = {name for made in (parser(), experiment_command.parser()) for action in made._actions for name in action.option_strings}
    assert {name for name in known if name.startswith("--")} - shown == ELSEWHERE


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_it_runs_as_it_stands_there(line: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "examples" / "sample-shop", tmp_path / "shop")
    (tmp_path / "empty").mkdir()
    places = {"PATH": str(tmp_path / "shop"), "OUT": str(tmp_path / "out"), "EMPTY": str(tmp_path / "empty")}
    if {"--harden", "--right-size"} & set(line):
        assert main([places["PATH"], "--target", "dockerfile", "--target", "compose", "--out", places["PATH"]]) == 0
    assert main([places.get(word, word) for word in line]) == 0
    told = capsys.readouterr()
    assert told.out or told.err
