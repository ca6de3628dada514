"""What a run says about itself decides who is asked and how."""

from __future__ import annotations

import pytest

from providers.adaptive import Needs, adapt
from providers.errors import ConfigurationError
from providers.routing import Routable, Strengths, capabilities_of


def member(label: str, cost: float | None, *capabilities: str, priority: int = 10) -> Routable:
    return Routable(label, label, Strengths(capabilities_of(capabilities), priority, cost))


DEAR = member("Dear", 10.0, "high_quality", priority=1)
QUICK = member("Quick", 1.0, "fast", priority=5)
LOCAL = member("Local", 0.0, "fast", priority=9)
ODD = member("Odd", None)
ALL = (DEAR, QUICK, LOCAL, ODD)


def test_nothing_said_changes_nothing():
    plan = adapt(Needs(), ALL)
    assert not Needs().any
    assert (plan.places, plan.strategy, plan.execution, plan.timeout, plan.reason) == ((0, 1, 2, 3), None, None, None, "")


def test_high_stakes_ask_everyone_in_parallel_and_want_unanimity():
    plan = adapt(Needs(high_stakes=True), ALL)
    assert (plan.places, plan.strategy, plan.execution) == ((0, 1, 2, 3), "unanimous", "parallel")
    assert "must agree on everything" in plan.reason


def test_members_that_differ_on_purpose_are_asked_for_consensus():
    assert adapt(Needs(high_stakes=True), (QUICK, LOCAL), differ_on_purpose=True).strategy == "consensus"


def test_a_budget_takes_the_cheapest_that_fit_one_after_another():
    plan = adapt(Needs(budget_usd=0.01, tokens=6_000), ALL)
    assert [ALL[place].label for place in plan.places] == ["Local", "Quick"]
    assert plan.execution == "sequential"
    assert "left out: Odd" in plan.reason


def test_a_budget_that_nobody_fits_is_an_error_that_names_the_cheapest():
    with pytest.raises(ConfigurationError, match="Quick, takes about"):
        adapt(Needs(budget_usd=0.0001), (DEAR, QUICK))


@pytest.mark.parametrize("needs", [Needs(latency_s=5.0), Needs(busy=True)])
def test_speed_takes_one_fast_member(needs):
    plan = adapt(needs, ALL)
    assert [ALL[place].label for place in plan.places] == ["Quick"]
    assert plan.timeout == needs.latency_s
    assert "known to be fast" in plan.reason


def test_without_a_fast_member_the_first_by_priority_answers_and_it_is_said():
    plan = adapt(Needs(busy=True), (ODD, DEAR))
    assert plan.places == (1,)
    assert "nobody ready is known to be fast" in plan.reason


def test_a_budget_bounds_high_stakes_and_stakes_go_before_speed():
    plan = adapt(Needs(high_stakes=True, budget_usd=0.01, latency_s=9.0), ALL)
    assert plan.places == (1, 2)
    assert (plan.strategy, plan.execution, plan.timeout) == ("unanimous", "parallel", 9.0)


def test_one_member_alone_cannot_be_unanimous_and_it_is_said():
    plan = adapt(Needs(high_stakes=True), (DEAR,))
    assert plan.strategy is None
    assert "nobody can disagree" in plan.reason


@pytest.mark.parametrize("bounds", [{"budget_usd": -1.0}, {"latency_s": 0.0}, {"latency_s": float("nan")}, {"budget_usd": float("inf")}])
def test_bounds_that_cannot_hold_are_refused(bounds):
    with pytest.raises(ConfigurationError, match="above 0"):
        Needs(**bounds)
