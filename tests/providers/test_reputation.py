"""What the history of runs says about its members, from the validators' findings alone."""

from __future__ import annotations

from dataclasses import replace

from providers.records import Candidate, Status, Verdict
from providers.reputation import ENOUGH_RUNS, Reputation, Standing, alone, reputations, standing
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


A, B, C = (member(at).id for at in range(3))


def test_only_runs_that_one_passed_and_the_other_did_not_tell_two_members_apart():
    same, apart = run((0.9, True, 0.1), (0.9, True, 0.1)), run((0.9, True, 0.1), (0.5, False, 0.1))
    assert standing([same] * 50).ahead == {}
    assert standing([same] * 50 + [apart] * 3).ahead == {(A, B): 3}


def test_a_member_outdoes_another_only_by_more_than_chance_explains():
    def known(won: int, lost: int) -> Standing:
        return Standing(ahead={(A, B): won, (B, A): lost})

    assert not known(1, 0).outdoes(A, B)
    assert known(2, 0).outdoes(A, B)
    assert not known(6, 3).outdoes(A, B)
    assert known(7, 3).outdoes(A, B)
    assert not known(7, 3).outdoes(B, A)
    assert not Standing().outdoes(A, B)


def test_a_member_that_failed_to_answer_is_not_outdone_for_it():
    answered = run((0.9, True, 0.1), (0.9, True, 0.1))
    broken = replace(answered.candidates[1], status=Status.ERROR, assessment=None)
    assert standing([replace(answered, candidates=(answered.candidates[0], broken))] * 9).ahead == {}


def test_weights_are_the_members_own_share_drawn_to_all_of_theirs_while_runs_are_few():
    known = standing([run((0.9, True, 0.1), (0.5, False, 0.1))] * 20)
    steady, weak, new = known.weights([A, B, C]) or ()
    assert (steady, weak, new) == (0.9, 0.1, 0.5)
    once = standing([run((0.9, True, 0.1), (0.5, False, 0.1))])
    assert once.weights([A, B]) == ((1 + ENOUGH_RUNS / 2) / (1 + ENOUGH_RUNS), (ENOUGH_RUNS / 2) / (1 + ENOUGH_RUNS))


def test_where_nothing_is_known_nobody_is_weighed():
    assert Standing().weights([A, B]) is None
    assert standing([run((0.5, False, None))] * 3).weights([A]) is None


def test_the_member_that_always_did_as_well_for_less_is_named():
    said = alone(reputations([run((0.9, True, 0.01), (0.5, True, 0.1))] * ENOUGH_RUNS))
    assert said == f"{member(0).id} alone would have done as well in all {ENOUGH_RUNS} runs, for $0.0500 instead of $0.5500."


def test_nothing_is_said_after_too_few_runs_without_prices_or_of_a_member_that_was_beaten():
    assert alone(reputations([run((0.9, True, 0.01), (0.5, True, 0.1))] * (ENOUGH_RUNS - 1))) == ""
    assert alone(reputations([run((0.9, True, None), (0.5, True, None))] * 9)) == ""
    assert alone(reputations([run((0.7, True, 0.01), (0.5, True, 0.1))] * 9)) == ""
