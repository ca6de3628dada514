"""Who answers: the sidebar's choices become the ensemble that is asked."""

from __future__ import annotations

import pytest

from config import Settings
from providers.errors import ConfigurationError
from ui import lineup
from ui.lineup import Choices


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


def resolved(config: Settings, preset: str = "balanced", keys=None):
    presets, problem = lineup.catalogue(config)
    assert problem == ""
    return lineup.resolve(presets[preset], config, keys or {})


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch, tmp_path):
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "WATSONX_API_KEY", "WATSONX_PROJECT_ID", "OLLAMA_HOST", "PRESETS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMNI_DATA_DIR", str(tmp_path / "data"))


def test_with_no_key_the_architect_stands_in_and_says_who_was_left_out():
    found = resolved(settings())
    assert [lineup.state_word(member, found) for member in found.members] == ["stands in"] * 3
    assert [lineup.state_word(entry.member, found) for entry in found.left_out] == ["no key"] * 3
    made = lineup.ensemble(found, Choices(preset="balanced"), settings(), {})
    assert [member.id for member in made.members] == ["architect/lean", "architect/hardened", "architect/cached"]


def test_a_key_typed_in_the_session_makes_its_vendor_ready_there_only():
    keys = {"openai": {"api_key": "sk-test-0123456789"}}
    assert [member.vendor for member in resolved(settings(), keys=keys).members] == ["openai"]
    assert resolved(settings()).stands_in


def test_a_local_model_that_is_not_set_up_is_not_said_to_lack_a_key():
    found = resolved(settings(), "fast")
    words = {entry.member.vendor: lineup.state_word(entry.member, found) for entry in found.left_out}
    assert words == {"gemini": "no key", "ollama": "not set up"}


def test_without_ensemble_mode_one_member_is_asked():
    found = resolved(settings())
    choices = Choices(preset="balanced", ensemble_mode=False, single=1)
    assert [member.id for member in lineup.ensemble(found, choices, settings(), {}).members] == ["architect/hardened"]
    beyond = Choices(preset="balanced", ensemble_mode=False, single=9)
    assert [member.id for member in lineup.ensemble(found, beyond, settings(), {}).members] == ["architect/lean"]


def test_strategy_weights_and_execution_reach_the_ensemble():
    choices = Choices(preset="balanced", strategy="voting", execution="sequential", weights=(3.0, 1.0, 0.5), timeout=7)
    made = lineup.ensemble(resolved(settings()), choices, settings(), {})
    assert [member.weight for member in made.members] == [3.0, 1.0, 0.5]
    assert made.model.startswith("voting")
    assert made._setup.execution.id == "sequential"
    assert made._setup.timeout == 7


def test_weights_of_another_preset_are_not_used():
    choices = Choices(preset="balanced", weights=(3.0, 1.0))
    assert {member.weight for member in lineup.ensemble(resolved(settings()), choices, settings(), {}).members} == {1.0}


def test_an_unknown_strategy_is_a_clear_error():
    with pytest.raises(ConfigurationError, match="choose one of"):
        lineup.ensemble(resolved(settings()), Choices(preset="balanced", strategy="guess"), settings(), {})


def test_a_bad_file_of_presets_is_said_and_the_built_in_ones_still_work(tmp_path):
    bad = tmp_path / "mine.yaml"
    bad.write_text("presets:\n  mine:\n    members: [{vendor: nobody}]\n")
    presets, problem = lineup.catalogue(settings(presets_file=bad))
    assert list(presets) == ["balanced", "fast", "quality", "diverse"]
    assert "nobody" in problem
    assert "openai" in problem
