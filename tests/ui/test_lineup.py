"""Who answers, in the page's words: a state for each member, and what is wrong in a file of presets."""

from __future__ import annotations

import pytest

from config import Settings
from engine.assemble import presets_file, resolve
from ui import lineup


@pytest.fixture
def config(monkeypatch, tmp_path) -> Settings:
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "WATSONX_API_KEY", "WATSONX_PROJECT_ID", "OLLAMA_HOST", "PRESETS_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Settings(_env_file=None, omni_data_dir=tmp_path)


def resolved(config, preset="balanced", keys=None):
    presets, problem = lineup.catalogue(config)
    assert problem == ""
    return resolve(presets[preset], config, keys or {})


def test_with_no_key_the_architect_stands_in_and_the_left_out_lack_a_key(config):
    found = resolved(config)
    assert [lineup.state_word(member, found) for member in found.members] == ["stands in"] * 3
    assert [lineup.state_word(entry.member, found) for entry in found.left_out] == ["no key"] * 3


def test_with_a_key_the_member_is_ready(config):
    found = resolved(config, keys={"openai": {"api_key": "sk-test-0123456789"}})
    assert [lineup.state_word(member, found) for member in found.members] == ["ready"]


def test_a_local_model_that_is_not_set_up_is_not_said_to_lack_a_key(config):
    found = resolved(config, "fast")
    words = {entry.member.vendor: lineup.state_word(entry.member, found) for entry in found.left_out}
    assert words == {"gemini": "no key", "ollama": "not set up"}


def test_a_bad_file_of_presets_is_said_and_all_others_still_work(config, tmp_path):
    bad = tmp_path / "operator.yaml"
    bad.write_text("presets:\n  mine:\n    members: [{vendor: nobody}]\n")
    presets_file(config).write_text("presets:\n  own:\n    members: [{vendor: architect}]\n")
    presets, problem = lineup.catalogue(config.model_copy(update={"presets_file": bad}))
    assert list(presets) == ["balanced", "fast", "quality", "diverse", "own"]
    assert "nobody" in problem
    assert "openai" in problem


def test_one_file_named_twice_has_its_problem_said_once(config, tmp_path):
    both = config.model_copy(update={"omni_data_dir": tmp_path, "presets_file": tmp_path / "presets.yaml"})
    assert presets_file(both) == both.presets_file
    both.presets_file.write_bytes(b"\xff\xfe\x00")
    assert lineup.catalogue(both)[1] == "presets.yaml is not UTF-8 text."


def test_a_file_that_breaks_while_the_program_runs_loses_nobody_his_presets(config):
    file = presets_file(config)
    file.write_text("presets:\n  own:\n    members: [{vendor: architect}]\n")
    assert "own" in lineup.catalogue(config)[0]
    file.write_text("presets: [")
    presets, problem = lineup.catalogue(config)
    assert presets["own"].members[0].vendor == "architect"
    assert problem.startswith("presets.yaml is not valid YAML")
    assert "its presets are used as they were when it could last be read" in problem
    file.write_text("presets:\n  other:\n    members: [{vendor: architect}]\n")
    presets, problem = lineup.catalogue(config)
    assert (problem, "own" in presets, "other" in presets) == ("", False, True)
    file.unlink()
    assert list(lineup.catalogue(config)[0]) == ["balanced", "fast", "quality", "diverse"]
