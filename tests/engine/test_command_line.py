"""The command line does the whole job and answers bad input with a sentence and status 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import config
from engine import spending
from engine.__main__ import main, parser
from engine.assemble import Tuning
from providers.execution.cache import Reuse

SAMPLE = str(Path(__file__).resolve().parents[2] / "examples" / "sample-shop")

pytestmark = pytest.mark.usefixtures("own_settings")


def test_it_generates_judges_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([SAMPLE, "--target", "dockerfile", "--target", "compose", "--out", str(tmp_path / "out"), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert status == 0
    assert sorted(document["written"]) == [".dockerignore", "Dockerfile", "compose.yaml"]
    for artifact in document["artifacts"]:
        assert (tmp_path / "out" / artifact["path"]).read_text() == artifact["content"]
    assert document["assessment"]["clean"]
    assert len(document["individual_responses"]) == 3
    assert document["total_providers"] == 3


def test_it_says_in_words_who_answered_and_who_could_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE]) == 0
    told = capsys.readouterr()
    assert "OPENAI_API_KEY" in told.err
    assert "architect/hardened" in told.out
    assert "---FILE: Dockerfile---" in told.out


def test_a_limit_of_cost_and_reuse_are_taken_and_nonsense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE, "--max-cost", "0.01", "--max-cost-day", "1", "--reuse", "never"]) == 0
    for wrong in ("0", "-1", "nan", "inf", "much"):
        with pytest.raises(SystemExit) as ended:
            main([SAMPLE, "--max-cost", wrong])
        assert ended.value.code == 2
        assert "dollars above 0" in capsys.readouterr().err


def test_what_a_run_may_cost_and_reuse_goes_into_its_guards() -> None:
    options = parser().parse_args([SAMPLE, "--max-cost", "0.01", "--reuse", "always"])
    guards = Tuning(**spending.limits(options)).guards(config.settings())
    assert (guards.budgets.run_usd, guards.reuse) == (0.01, Reuse.ALWAYS)
    unsaid = Tuning(**spending.limits(parser().parse_args([SAMPLE]))).guards(config.settings())
    assert (unsaid.budgets.run_usd, unsaid.reuse) == (None, Reuse.REPEATABLE)


def test_the_profile_names_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE, "--profile"]) == 0
    assert any("8000" in line and "Procfile:1" in line for line in capsys.readouterr().out.splitlines())


def test_the_prompt_can_be_read_without_sending_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE, "--prompt", "--select", "wsgi.py"]) == 0
    assert "Path: `wsgi.py`" in capsys.readouterr().out


def test_an_override_reaches_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE, "--override", "port=9001", "--json"]) == 0
    (dockerfile,) = [a for a in json.loads(capsys.readouterr().out)["artifacts"] if a["path"] == "Dockerfile"]
    assert "EXPOSE 9001" in dockerfile["content"]


def test_one_member_can_be_asked_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE, "--member", "architect/lean", "--json"]) == 0
    assert [r["model"] for r in json.loads(capsys.readouterr().out)["individual_responses"]] == ["lean"]


def test_a_run_is_kept_in_the_history(tmp_path: Path) -> None:
    from engine.runs import RunStore

    assert main([SAMPLE, "--member", "architect/cached"]) == 0
    (run,) = RunStore(tmp_path / "data" / "history.sqlite3").recent("cli")
    assert run.workspace == SAMPLE


def test_findings_at_the_threshold_give_status_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "MAIN.cbl").write_text("IDENTIFICATION DIVISION.\n")
    described = ["--describe", "image=debian:bookworm-slim", "--describe", "start=./main"]
    assert main([str(tmp_path), *described, "--fail-on", "warning"]) == 1
    assert main([str(tmp_path), *described, "--fail-on", "error"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/does/not/exist"], "does not exist"),
        ([__file__], "is a file"),
        ([""], "No folder was given"),
        ([SAMPLE, "--preset", "best"], "choose one of balanced"),
        ([SAMPLE, "--strategy", "dice"], "choose one of best_of_n"),
        ([SAMPLE, "--execution", "sideways"], "choose one of parallel"),
        ([SAMPLE, "--member", "cohere/command"], "There is no vendor 'cohere'"),
        ([SAMPLE, "--override", "port=eighty"], "whole number"),
        ([SAMPLE, "--override", "port"], "FACT=VALUE"),
        ([SAMPLE, "--describe", "colour=red"], "--describe"),
        ([SAMPLE, "--describe", "port=²"], "whole number"),
        ([SAMPLE, "--member", "architect/lean", "--out", f"{__file__}/below"], "cannot be made: not a directory"),
    ],
)
def test_bad_input_gives_status_two_and_a_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err


def test_a_setting_that_makes_no_sense_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENSEMBLE_TIMEOUT", "sk-pasted-into-the-wrong-line")
    config.settings.cache_clear()
    assert main([SAMPLE]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ENSEMBLE_TIMEOUT: ")
    assert "sk-pasted" not in said


def test_writing_the_same_files_again_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [SAMPLE, "--member", "architect/lean", "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    before = (tmp_path / "out" / "Dockerfile").stat().st_mtime_ns
    assert main(arguments) == 0
    assert (tmp_path / "out" / "Dockerfile").stat().st_mtime_ns == before


def test_a_history_that_cannot_be_kept_costs_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OMNI_DATA_DIR", str(tmp_path))
    config.settings.cache_clear()
    (tmp_path / "history.sqlite3").write_bytes(b"not a database " * 999)
    assert main([SAMPLE, "--member", "architect/lean", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "is damaged" in json.dumps(told["warnings"])


def test_an_empty_folder_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty")]) == 2
    assert "empty" in capsys.readouterr().err


def test_a_presets_file_with_an_unknown_vendor_names_the_choices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "presets.yaml").write_text("presets:\n  mine:\n    members:\n      - vendor: acme\n")
    monkeypatch.setenv("PRESETS_FILE", str(tmp_path / "presets.yaml"))
    config.settings.cache_clear()
    assert main([SAMPLE, "--preset", "mine"]) == 2
    assert "acme" in (said := capsys.readouterr().err)
    assert "openai" in said


def test_what_validators_find_is_repaired_on_request(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = [SAMPLE, "--member", "architect/lean", "--repair", "--json"]
    assert main(arguments) == 0
    refinement = json.loads(capsys.readouterr().out)["refinement"]
    assert refinement["score"] >= refinement["score_before"]
    assert refinement["stopped"]
    assert main([SAMPLE, "--member", "architect/lean", "--repair"]) == 0
    assert "repair: score" in capsys.readouterr().err


def test_files_that_exist_are_hardened_shown_and_written_where_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = tmp_path / "code"
    root.mkdir()
    (root / "compose.yaml").write_text("services:\n  cache:\n    image: redis:latest # cache\n")
    assert main([str(root), "--harden", "--right-size"]) == 0
    told = capsys.readouterr().out
    assert "+      - no-new-privileges:true" in told
    assert "because" in told
    assert "latest" in (root / "compose.yaml").read_text(), "nothing is written unless asked"
    assert main([str(root), "--harden", "--apply", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["written"] == ["compose.yaml"]
    assert (root / "compose.yaml").read_text() == document["artifacts"][0]["content"]
    assert sorted(path.name for path in root.iterdir()) == ["compose.yaml"]


def test_a_pass_over_nothing_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    assert main([str(tmp_path / "code"), "--harden"]) == 2
    assert "No Dockerfile" in capsys.readouterr().err


def test_answers_needed_and_the_comparison_reach_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE, "--min-responses", "0"]) == 2
    assert "min_responses" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([SAMPLE, "--normalization", "sideways"])
    assert "lowercase_trim" in capsys.readouterr().err


def test_every_number_of_a_strategy_or_an_execution_has_a_flag():
    from engine.__main__ import parser
    from providers.knobs import KNOBS

    given = [text for knob in KNOBS for text in (knob.flag, "1")]
    options = parser().parse_args([".", "--strategy", "synthesis", "--aggregator", "openai/gpt-4o", *given])
    assert {getattr(options, knob.name) for knob in KNOBS} == {1}


def test_a_selected_file_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([SAMPLE, "--prompt", "--select", "wsgi.py", "--select", "nowhere.py"]) == 0
    told = capsys.readouterr().err
    assert "nowhere.py is not in the prompt:" in told
    assert "wsgi.py is not" not in told
