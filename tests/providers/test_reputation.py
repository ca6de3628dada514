"""What the history of runs says about its members, from the validators' findings alone."""

from __future__ import annotations

from dataclasses import replace

from providers.records import Candidate, Status, Verdict
from providers.reputation import ENOUGH_RUNS, Reputation, alone, reputations
from tests.support.ensembles import member
from tests.support.providers import assessment


def run(*outcomes: tuple[float, bool, float | None], best: float = 0.9) -> Verdict:
    """Return a run whose members scored this, cleanly or not, at this price."""
    candidates = tuple(
        Candidate(member=member(at), status=Status.SUCCESS, assessment=replace(assessment(), score=score, clean=clean), cost_usd=cost)
        for at, (score, clean, cost) in enumerate(outcomes)
    )
    costs = [cost for *_, cost in outcomes]
    return Verdict(
        run_id="r", text="", artifacts=(), assessment=replace(assessment(), score=best), winner=None, strategy="best_of_n",
        execution="parallel", consensus=1.0, votes=(), reasons=(), candidates=candidates,
        cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
    )  # fmt: skip


def test_a_members_weight_is_how_often_its_answers_passed_drawn_to_the_middle_while_little_is_known():
    records = reputations([run((0.9, True, 0.1), (0.5, False, 0.1))] * 8)
    first, second = records.values()
    assert (first.weight, second.weight) == (0.9, 0.1)
    assert Reputation().weight == 0.5


def test_the_member_that_always_did_as_well_for_less_is_named():
    said = alone(reputations([run((0.9, True, 0.01), (0.5, True, 0.1))] * ENOUGH_RUNS))
    assert said == f"{member(0).id} alone would have done as well in all {ENOUGH_RUNS} runs, for $0.0500 instead of $0.5500."


def test_nothing_is_said_after_too_few_runs_without_prices_or_of_a_member_that_was_beaten():
    assert alone(reputations([run((0.9, True, 0.01), (0.5, True, 0.1))] * (ENOUGH_RUNS - 1))) == ""
    assert alone(reputations([run((0.9, True, None), (0.5, True, None))] * 9)) == ""
    assert alone(reputations([run((0.7, True, 0.01), (0.5, True, 0.1))] * 9)) == ""
