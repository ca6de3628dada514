"""Who answers: a preset, a user's changes and what is set up become the ensemble that is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config import Settings
from engine.assemble import HISTORY, Tuning, assemble, known_presets, presets_file, resolve, team
from engine.runs import RunStore
from providers.base import Answer
from providers.errors import ConfigurationError
from providers.records import Candidate, Status, Verdict
from tests.support.ensembles import member
from tests.support.providers import assessment

KEYS = {"openai": {"api_key": "sk-test-0123456789"}}
STYLES = ["architect/lean", "architect/hardened", "architect/cached"]


@pytest.fixture
def config(monkeypatch, tmp_path) -> Settings:
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "WATSONX_API_KEY", "WATSONX_PROJECT_ID", "OLLAMA_HOST", "PRESETS_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Settings(_env_file=None, omni_data_dir=tmp_path)


def made(config, preset="balanced", keys=None, **tuning):
    return assemble(known_presets(config)[preset], config, keys, Tuning(**tuning))[0]


def ids(ensemble) -> list[str]:
    return [member.id for member in ensemble.members]


def test_with_no_key_the_architects_styles_answer_and_nobody_stands_in_for_them(config):
    ensemble = made(config)
    assert ids(ensemble) == STYLES
    assert ensemble._setup.fallback == ()


def test_a_key_typed_in_the_session_makes_its_vendor_a_member_there_only(config):
    assert ids(made(config, keys=KEYS)) == ["openai/gpt-4o"]
    assert resolve(known_presets(config)["balanced"], config).stands_in


def test_where_vendors_answer_the_architect_stands_by_for_too_few_answers(config):
    assert [seat.member.id for seat in made(config, keys=KEYS)._setup.fallback] == STYLES


def test_token_probabilities_are_asked_for_since_the_council_shows_them_as_energy(config):
    assert made(config, keys=KEYS)._options.logprobs
    assert made(config, keys=KEYS, strategy="voting")._options.logprobs


def keep_runs(config, owner: str, count: int) -> None:
    """Keep runs in which the architect's cached style passed and the lean one did not."""
    lean, cached = (replace(member(0), id=name) for name in (STYLES[0], STYLES[2]))
    candidates = tuple(
        Candidate(member=who, status=Status.SUCCESS, answer=Answer(text="x", model="m"), assessment=replace(assessment(), clean=clean))
        for who, clean in ((lean, False), (cached, True))
    )
    for number in range(count):
        verdict = Verdict(
            run_id=f"{owner}-{number}", text="", artifacts=(), assessment=assessment(), winner=cached.id, strategy="best_of_n",
            execution="parallel", consensus=1.0, votes=(), reasons=(), candidates=candidates,
        )  # fmt: skip
        RunStore(config.omni_data_dir / HISTORY).save(
            verdict, owner=owner, workspace="/code", targets=("dockerfile",), preset="balanced", instruction="", prompt=""
        )


def test_the_members_weights_are_those_of_the_owners_own_earlier_runs_where_that_is_wanted(config):
    keep_runs(config, "me", 10)
    weighed = made(config, owner="me", record=True)
    lean, hardened, cached = (member.weight for member in weighed.members)
    assert lean < hardened < cached
    assert weighed._setup.rules.standing.outdoes(STYLES[2], STYLES[0])
    assert {member.weight for member in made(config, owner="me").members} == {1.0}
    assert {member.weight for member in made(config, owner="other", record=True).members} == {1.0}


def test_a_preset_may_say_that_the_record_weighs_and_a_user_that_it_does_not(config):
    keep_runs(config, "me", 10)
    preset = known_presets(config)["balanced"].model_copy(update={"weights": "record"})
    assert len({member.weight for member in assemble(preset, config, None, Tuning(owner="me"))[0].members}) == 3
    assert len({member.weight for member in assemble(preset, config, None, Tuning(owner="me", record=False))[0].members}) == 1


def test_a_history_that_cannot_be_read_weighs_nobody_and_ends_no_run(config):
    (config.omni_data_dir / HISTORY).write_bytes(b"no database" * 400)
    assert {member.weight for member in made(config, record=True).members} == {1.0}


def test_without_ensemble_mode_the_chosen_member_answers_alone(config):
    assert ids(made(config, ensemble=False, single=2)) == ["architect/cached"]
    assert ids(made(config, keys=KEYS, ensemble=False, single=0)) == ["openai/gpt-4o"]


@pytest.mark.parametrize("place", [None, 9, -1])
def test_without_a_member_at_that_place_a_sensible_one_answers_alone(config, place):
    assert ids(made(config, ensemble=False, single=place)) == ["architect/hardened"]
    assert ids(made(config, keys=KEYS, ensemble=False, single=place)) == ["openai/gpt-4o"]


def test_the_sentence_says_who_answers_alone_and_who_was_left_out(config):
    said = team(resolve(known_presets(config)["balanced"], config), Tuning(ensemble=False)).sentence
    assert said.startswith("Ensemble mode is off: Architect, hardened answers alone.")
    assert "OPENAI_API_KEY" in said


def test_strategy_weights_execution_and_time_reach_the_ensemble(config):
    ensemble = made(config, strategy="voting", execution="sequential", weights=(3.0, 1.0, 0.5), timeout=7)
    assert [member.weight for member in ensemble.members] == [3.0, 1.0, 0.5]
    assert ensemble.model.startswith("voting")
    assert ensemble._setup.execution.id == "sequential"
    assert ensemble._setup.timeout == 7


def test_weights_of_another_line_up_are_not_used(config):
    assert {member.weight for member in made(config, weights=(3.0, 1.0)).members} == {1.0}
    assert made(config, ensemble=False, weights=(3.0, 1.0, 0.5)).members[0].weight == 1.0


def test_what_the_user_sets_for_a_run_goes_before_what_the_preset_says_of_a_member(config):
    presets_file(config).write_text(
        "presets:\n  mine:\n    members: [{vendor: architect, model: lean, temperature: 0.9, max_tokens: 500}]\n"
    )
    (kept,) = made(config, "mine")._setup.seats
    assert (kept.overrides["temperature"], kept.overrides["max_tokens"]) == (0.9, 500)
    ensemble = made(config, "mine", temperature=0.1, max_tokens=900)
    (seat,) = ensemble._setup.seats
    options = seat.options(ensemble._options)
    assert (options.temperature, options.max_tokens) == (0.1, 900)


def test_a_preset_that_needs_more_answers_than_there_are_members_asks_for_all_of_them(config):
    presets_file(config).write_text(
        "presets:\n  mine:\n    min_responses: 2\n    members: [{vendor: openai}, {vendor: architect, model: lean}]\n"
    )
    assert made(config, "mine")._setup.min_responses == 1


def test_what_one_run_says_about_answers_and_comparison_goes_before_the_preset(config):
    presets_file(config).write_text(
        "presets:\n  mine:\n    normalization: json\n    members: [{vendor: architect, model: lean}, {vendor: architect, model: cached}]\n"
    )
    setup = made(config, "mine")._setup
    assert (setup.min_responses, setup.rules.normalization) == (None, "json")
    setup = made(config, "mine", min_responses=9, normalization="numeric")._setup
    assert (setup.min_responses, setup.rules.normalization) == (2, "numeric")


def test_the_users_own_file_of_presets_is_known(config):
    presets_file(config).write_text("presets:\n  mine:\n    members: [{vendor: architect, model: lean}]\n")
    assert ids(made(config, "mine")) == ["architect/lean"]


def test_an_unknown_strategy_is_a_clear_error(config):
    with pytest.raises(ConfigurationError, match="choose one of"):
        made(config, strategy="guess")


def test_what_a_preset_and_a_user_set_about_strategy_and_execution_reaches_the_ensemble(config):
    presets_file(config).write_text(
        "presets:\n  own:\n    members: [{vendor: openai, fallback: gemini, priority: 2}, {vendor: ollama}]\n"
        "    strategy: synthesis\n    aggregator: openai/gpt-4o\n    execution: hedged\n    hedge_delay_ms: 500\n    max_hedges: 1\n"
    )
    setup = made(config, "own", KEYS)._setup
    assert (setup.execution.id, setup.limits.hedge_delay_ms, setup.limits.max_hedges) == ("hedged", 500.0, 1)
    assert setup.aggregators[0].member.id == "openai/gpt-4o#aggregator"
    assert setup.seats[0].substitute is None, "its vendor has no key, so it would only fail again"
    assert setup.seats[0].member.priority == 2
    both = KEYS | {"gemini": {"api_key": "g-test-0123456789"}}
    setup = made(config, "own", both, execution="cascade", numbers={"confidence_threshold": 0.5, "hedge_delay_ms": None})._setup
    assert setup.seats[0].substitute.member.id == "gemini/gemini-2.5-flash"
    assert (setup.execution.id, setup.limits.confidence_threshold, setup.limits.hedge_delay_ms) == ("cascade", 0.5, None)


def test_a_preset_names_fallbacks_by_the_kind_of_failure_and_those_that_cannot_answer_are_left_out(config):
    wanted = "ContextTooLong=gemini/gemini-2.5-pro, *=openai/gpt-4-turbo"
    presets_file(config).write_text(f"presets:\n  own:\n    members: [{{vendor: openai, fallback: '{wanted}'}}, {{vendor: ollama}}]\n")
    both = KEYS | {"gemini": {"api_key": "g-test-0123456789"}}
    seat = made(config, "own", both)._setup.seats[0]
    assert {kind: link.member.id for kind, link in seat.substitutes.items()} == {
        "ContextTooLong": "gemini/gemini-2.5-pro",
        "*": "openai/gpt-4-turbo",
    }
    assert list(made(config, "own", KEYS)._setup.seats[0].substitutes) == ["*"]
    presets_file(config).write_text("presets:\n  own:\n    members: [{vendor: openai, fallback: 'Sunday=gemini, *=ollama'}]\n")
    with pytest.raises(ConfigurationError, match="no kind of failure 'Sunday'"):
        known_presets(config)


def test_a_wrong_number_in_a_preset_says_what_would_be_right(config):
    presets_file(config).write_text("presets:\n  own:\n    members: [{vendor: architect}]\n    confidence_threshold: 3\n")
    with pytest.raises(ConfigurationError, match=r"confidence_threshold.*above 0 and at most 1"):
        known_presets(config)
