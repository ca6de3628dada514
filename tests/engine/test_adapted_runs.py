"""What a run says about itself reaches the ensemble, and the user reads why."""

from __future__ import annotations

import pytest

from config import Settings
from engine.assemble import Tuning, assemble
from providers.adaptive import Needs
from providers.presets import builtin

KEYS = {"openai": {"api_key": "sk-test-0123456789"}, "gemini": {"api_key": "g-test-0123456789"}}


def assembled(configs=None, **needs):
    ensemble, team = assemble(builtin()["balanced"], Settings(_env_file=None), configs, Tuning(needs=Needs(**needs), weights=(3.0, 1.0)))
    return ensemble, team


def test_high_stakes_make_the_vendors_unanimous_and_the_styles_consent():
    assert assembled(KEYS, high_stakes=True)[0].model.startswith("unanimous of 2")
    assert assembled(high_stakes=True)[0].model.startswith("consensus of 3")


def test_a_quick_run_asks_one_fast_member():
    ensemble, team = assembled(KEYS, latency_s=7.0)
    assert [member.vendor for member in ensemble.members] == ["gemini"]
    assert team.plan.timeout == 7.0
    assert "known to be fast" in team.sentence


def test_a_budget_reorders_members_and_their_weights_go_with_them():
    ensemble, _ = assembled(KEYS, budget_usd=5.0)
    assert [(member.vendor, member.weight) for member in ensemble.members] == [("gemini", 1.0), ("openai", 3.0)]


def test_nothing_said_leaves_the_preset_as_it_is():
    ensemble, team = assembled(KEYS)
    assert ensemble.model.startswith("best_of_n of 2")
    assert team.plan is None


@pytest.mark.parametrize("bound", [{"budget_usd": 0.0000001}])
def test_a_budget_nobody_fits_is_refused_before_anything_is_asked(bound):
    with pytest.raises(Exception, match="No member of known price fits"):
        assembled(KEYS, **bound)
