"""Hedged: a slow first member is not waited for, at the price of few calls more."""

import random

import pytest

from providers.errors import BadAnswer, RunTimedOut
from providers.pace import BUDGET_MOST, BUDGET_SHARE, BUDGET_START, Pace, Paces
from providers.records import Status
from tests.support.ensembles import ensemble, nothing_runs
from tests.support.ensembles import member as member_at
from tests.support.providers import FakeProvider, assessment, failing, judge_by


async def test_the_next_member_is_asked_after_the_delay_and_the_loser_is_cancelled() -> None:
    slow, quick, unused = FakeProvider("slow", hang=True), FakeProvider("quick"), FakeProvider("unused")
    verdict = await ensemble([slow, quick, unused], execution="hedged", hedge_delay_ms=20).run("?")
    assert verdict.text == "quick"
    assert [entry.status for entry in verdict.candidates] == [Status.CANCELLED, Status.SUCCESS, Status.SKIPPED]
    assert slow.cancelled == 1
    assert unused.calls == 0
    await nothing_runs()


async def test_a_quick_first_member_is_the_only_call() -> None:
    first, second = FakeProvider("first"), FakeProvider("second")
    verdict = await ensemble([first, second], execution="hedged").run("?")
    assert (first.calls, second.calls, verdict.text) == (1, 0, "first")
    assert verdict.candidates[1].error is not None
    assert "gave a good answer" in verdict.candidates[1].error.message


async def test_a_member_that_fails_is_followed_at_once_and_that_is_no_hedge() -> None:
    members = [failing(BadAnswer("broken")), failing(BadAnswer("broken too")), FakeProvider("third")]
    verdict = await ensemble(members, execution="hedged", max_hedges=0).run("?")
    assert verdict.text == "third"
    assert [warning.split(":")[0] for warning in verdict.warnings[:2]] == [
        f"{verdict.candidates[0].member.id} was replaced by {verdict.candidates[1].member.id}",
        f"{verdict.candidates[1].member.id} was replaced by {verdict.candidates[2].member.id}",
    ]


async def test_an_answer_that_the_validators_refuse_does_not_win() -> None:
    table = {"```bad": assessment(clean=False), "```good": assessment()}
    verdict = await ensemble([FakeProvider("```bad"), FakeProvider("```good")], execution="hedged", assess=judge_by(table)).run("?")
    assert verdict.text == "```good"


async def test_at_most_so_many_further_members_are_asked() -> None:
    members = [FakeProvider(hang=True) for _ in range(4)]
    with pytest.raises(RunTimedOut):
        await ensemble(members, execution="hedged", hedge_delay_ms=0, max_hedges=2, timeout=0.2, min_responses=2).run("?")
    assert [entry.calls for entry in members] == [1, 1, 1, 1], "two answers are wanted, so two are asked at once and two more are hedges"


async def test_a_strategy_that_needs_two_answers_gets_them() -> None:
    members = [FakeProvider("a"), FakeProvider("a"), FakeProvider("b")]
    verdict = await ensemble(members, execution="hedged", strategy="consensus").run("?")
    assert verdict.text == "a"
    assert members[2].calls == 0


async def test_the_delay_is_what_was_measured_and_is_shared_between_ensembles() -> None:
    paces = Paces()
    first, second = FakeProvider("first", model="one"), FakeProvider("second", model="two")
    for _ in range(5):
        await ensemble([first, second], execution="hedged", paces=paces).run("?")
    first.script.hang = True
    verdict = await ensemble([first, second], execution="hedged", paces=paces, timeout=30).run("?")
    assert verdict.text == "second", "without a measurement it would have been waited for seven seconds"


async def test_the_budget_for_further_calls_is_kept() -> None:
    paces = Paces()
    first, second = FakeProvider("first", model="one"), FakeProvider("second", model="two")
    for _ in range(5):
        await ensemble([first, second], execution="hedged", paces=paces).run("?")
    first.script.delay = 0.01
    for _ in range(60):
        await ensemble([first, second], execution="hedged", paces=paces).run("?")
    assert second.calls <= BUDGET_START + 65 * BUDGET_SHARE + 1


def test_hedging_goes_off_when_it_never_helps_and_tries_again_now_and_then() -> None:
    pace = Pace()
    assert pace.helps()
    for _ in range(10):
        pace.hedged(won=False)
    assert sum(pace.helps() for _ in range(48)) == 12
    for _ in range(10):
        pace.hedged(won=True)
    assert all(pace.helps() for _ in range(50))


def test_the_slow_end_is_the_95th_percentile_of_the_last_calls() -> None:
    pace = Pace()
    for at in range(1, 5001):
        pace.took(at)
    assert pace.slow == pytest.approx(4945, abs=10), "of the last thousand, 4001 to 5000"
    assert pace.median == pytest.approx(4500, abs=1)


def test_one_call_in_twenty_that_takes_ten_times_as_long_does_not_move_the_delay() -> None:
    pace, dice = Pace(), random.Random(5)
    for at in range(2000):
        slow = dice.random() < 0.05
        took = 2.0 if slow else dice.uniform(0.2, 0.21)
        delay = pace.slow
        pace.took(took if delay is None or not slow else delay)  # a call that was given up took longer than the delay
        if at > 100:
            assert pace.slow is not None
            assert pace.slow <= 0.21


def test_the_budget_is_bounded() -> None:
    pace = Pace()
    for _ in range(10_000):
        pace.called()
    assert sum(pace.spend() for _ in range(1000)) == BUDGET_MOST


def test_paces_of_many_members_are_bounded() -> None:
    paces = Paces()
    first = member_at(0)
    pace = paces.of(first)
    assert paces.of(first) is pace
    for at in range(300):
        paces.of(type(first)(index=at, id=str(at), vendor="x", label="", model=str(at)))
    assert paces.of(first) is not pace


@pytest.mark.parametrize("seed", range(5))
def test_in_two_thousand_calls_hedging_holds_the_slowest_hundredth_and_the_budget(seed: int) -> None:
    """200 ms, one call in twenty 2 s: p99 <= 1.05 x (delay + service), at most 6 % of the calls on top, on a clock of its own."""
    dice, pace = random.Random(seed), Pace()

    def draw() -> float:
        return 2.0 if dice.random() < 0.05 else dice.uniform(0.2, 0.21)

    totals, further = [], 0
    for at in range(2200):
        pace.called()
        took, delay = draw(), pace.delay
        if delay is not None and took > delay and pace.helps() and pace.spend():
            second = delay + draw()
            pace.hedged(won=second < took)
            pace.took((pace.slow or delay) if second < took else took)
            took = min(took, second)
            further += at >= 200
        else:
            pace.took(took)
        totals.append(took)
    measured = sorted(totals[200:])
    assert pace.delay is not None
    assert measured[1980] <= 1.05 * (pace.delay + 0.21)
    assert further <= 0.06 * 2000
