"""`python -m engine experiment`: the guide's example works as it stands there, resumes, and says what is wrong with status 2."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from engine.__main__ import main

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "experiments.md"

pytestmark = pytest.mark.usefixtures("own_settings")


def test_the_guides_example_runs_with_no_key_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GUIDE.read_text()
    (tmp_path / "questions.yaml").write_text(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    first, again = (shlex.split(line)[3:] for line in re.findall(r"^python -m engine experiment questions.*$", text, re.MULTILINE)[:2])
    assert main(first) == 0
    told = capsys.readouterr()
    assert re.search(r"Styles vote +1/1", told.out)
    assert "runs are not made" in told.err
    kept = (tmp_path / "results" / "answers.jsonl").read_bytes()
    assert main([*again, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["finished"]
    assert [entry["accuracy"] for entry in document["configurations"]] == [1.0, 1.0]
    assert [point["size"] for point in document["configurations"][0]["reliability_by_size"]] == [1, 2, 3]
    assert (tmp_path / "results" / "answers.jsonl").read_bytes() == kept
    assert (tmp_path / "results" / "figures.csv").read_text().startswith("configuration,asked,right,accuracy")
    assert main(first) == 2  # nothing is written over
    assert "--resume" in capsys.readouterr().err


def test_an_estimate_asks_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "first-look", "--estimate", "--preset", "balanced", "--strategy", "voting", "--strategy", "best_of_n"]) == 0
    assert "8 runs with 24 calls, free" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.yaml"], "first-look"),
        (["first-look", "--resume"], "--out"),
        (["first-look", "--strategy", "magic"], "best_of_n"),
        (["first-look", "--preset", "magic"], "balanced"),
        (["first-look", "--concurrency", "99"], "1 to 16"),
        (["out.yaml"], "lies outside"),
    ],
)
def test_bad_input_is_a_sentence_and_status_2(arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out.yaml").write_text("questions: [{repository: ../../../etc, target: dockerfile}]\n")
    assert main(["experiment", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_an_accuracy_below_the_mark_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hard.json").write_text('[{"repository": "sample", "target": "dockerfile", "accept": 1.0, "ask": "use Alpine"}]')
    status = main(["experiment", "hard.json", "--json", "--fail-under", "0.5"])
    right = json.loads(capsys.readouterr().out)["configurations"][0]["right"]
    assert status == (0 if right else 1)
    (tmp_path / "texts.json").write_text('[{"ask": "2 and 2?", "expect": 4}]')
    assert main(["experiment", "texts.json", "--fail-under", "0.5"]) == 1
