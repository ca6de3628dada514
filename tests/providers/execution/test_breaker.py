"""The breaker: a state machine under random steps, and the wrapper that reads the vendor's health from what calls end with."""

from __future__ import annotations

import asyncio
import random

import pytest

from providers.base import CallOptions, Prompt
from providers.errors import AuthenticationFailed, CircuitOpen, LocalLimit, RateLimited, VendorTimeout, VendorUnavailable
from providers.execution.breaker import THRESHOLD, Break, Breaker, BreakerState, Ticket, may_call
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider

PROMPT, FREE = Prompt(text="hello?"), CallOptions()


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock=clock)
    for _ in range(THRESHOLD):
        breaker.failed(breaker.enter())
    return breaker


def test_a_row_of_failures_opens_and_one_success_in_between_does_not() -> None:
    breaker = Breaker(clock=Clock())
    for _ in range(THRESHOLD - 1):
        breaker.failed(breaker.enter())
    breaker.succeeded(breaker.enter())
    for _ in range(THRESHOLD - 1):
        breaker.failed(breaker.enter())
    assert breaker.state is BreakerState.CLOSED
    breaker.failed(breaker.enter())
    assert breaker.state is BreakerState.OPEN
    assert not breaker.admits()


def test_after_the_pause_one_probe_decides() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 31
    assert breaker.state is BreakerState.HALF_OPEN
    probe = breaker.enter()
    assert not breaker.admits(), "one probe at a time"
    breaker.failed(probe)
    assert breaker.opens_in_s == pytest.approx(60), "the pause is doubled"
    clock.now += 61
    breaker.succeeded(breaker.enter())
    assert breaker.state is BreakerState.CLOSED
    for _ in range(THRESHOLD):
        breaker.failed(breaker.enter())
    assert breaker.opens_in_s == pytest.approx(30), "a recovery starts afresh"


def test_a_probe_that_says_nothing_lets_the_next_one_in() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 31
    breaker.left(breaker.enter())
    assert breaker.admits()


def test_stragglers_of_an_outage_do_not_open_what_has_closed_since() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    late = [breaker.enter() for _ in range(50)]
    for ticket in late[:THRESHOLD]:
        breaker.failed(ticket)
    clock.now += 31
    breaker.succeeded(breaker.enter())
    for ticket in late[THRESHOLD:]:
        breaker.failed(ticket)
    assert breaker.state is BreakerState.CLOSED


def test_ten_thousand_random_steps_keep_to_the_rules_and_never_leave_a_group_without_a_member() -> None:
    chance, clock = random.Random(7), Clock()
    group = [Breaker(clock=clock) for _ in range(3)]
    # the model: per breaker the failures in a row, when it opened, its pause, whether a probe is out
    failures, until, pause = [0] * 3, [None] * 3, [0.0] * 3
    generation = [0] * 3
    out: list[tuple[int, int, Ticket]] = []
    refused = forced = 0
    for _ in range(10_000):
        step, at = chance.random(), chance.randrange(3)
        if step < 0.1:
            clock.now += chance.choice((0.5, 5, 40, 400))
        elif step < 0.55 or not out:
            allowed = [may_call(breaker, group) for breaker in group]
            assert any(allowed)
            for breaker, may, end in zip(group, allowed, until, strict=True):
                if end is None:
                    assert may
                    assert breaker.state is BreakerState.CLOSED
                else:
                    assert breaker.state is (BreakerState.OPEN if clock.now < end else BreakerState.HALF_OPEN)
            if allowed[at]:
                forced += not group[at].admits()
                out.append((at, generation[at], group[at].enter()))
            else:
                assert until[at] is not None
                refused += 1
        else:
            at, born, ticket = out.pop(chance.randrange(len(out)))
            how = chance.choices(("failed", "succeeded", "left"), (6, 2, 1))[0]
            getattr(group[at], how)(ticket)
            if born != generation[at] or how == "left":
                continue
            if how == "succeeded":
                failures[at] = 0
                if until[at] is not None:
                    until[at], pause[at] = None, 0.0
                    generation[at] += 1
            elif until[at] is None:
                failures[at] += 1
                if failures[at] == THRESHOLD:
                    pause[at], failures[at] = 30.0, 0
                    until[at] = clock.now + pause[at]
                    generation[at] += 1
            elif clock.now >= until[at]:
                pause[at] = min(300.0, pause[at] * 2)
                until[at] = clock.now + pause[at]
                generation[at] += 1
        if len(out) > 20:
            out.pop(0)  # a call that never came back must not jam anything but its own probe
    assert refused > 100, "the walk met open breakers"
    assert forced > 20, "and groups that were all open"


async def test_the_wrapper_refuses_at_once_while_somebody_else_can_answer() -> None:
    clock = Clock()
    breaker, healthy = opened(clock), Breaker(clock=clock)
    member = FakeProvider()
    with pytest.raises(CircuitOpen, match="tried again in 30 s"):
        await Break(member, breaker, (breaker, healthy)).complete(PROMPT, FREE)
    assert member.calls == 0
    assert (await Break(member, breaker, (breaker,)).complete(PROMPT, FREE)).text == "hello", "alone it is always asked"
    assert breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (VendorUnavailable("down"), True),
        (RateLimited("slow"), True),
        (AuthenticationFailed("no"), False),
        (LocalLimit("ours"), False),
        (VendorTimeout("a user's 100 ms"), False),
        (ValueError("a fault of ours"), False),
    ],
)
async def test_only_a_vendor_that_does_not_answer_opens(error: Exception, opens: bool) -> None:
    breaker = Breaker()
    wrapped = Break(FakeProvider(error=error), breaker, (breaker,))
    for _ in range(THRESHOLD):
        with pytest.raises(type(error)):
            await wrapped.complete(PROMPT, FREE)
    assert (breaker.state is BreakerState.OPEN) is opens


async def test_a_cancelled_probe_gives_its_place_back() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 31
    task = asyncio.create_task(Break(FakeProvider(hang=True), breaker, (breaker,)).complete(PROMPT, FREE))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert breaker.admits()


async def test_an_ensemble_leaves_a_broken_member_alone_and_the_others_answer() -> None:
    broken, good = FakeProvider(error=VendorUnavailable("down")), FakeProvider("yes")
    group = ensemble([broken, good], min_responses=1)
    for _ in range(4):
        await group.generate("Is 17 prime?")
    calls = broken.calls
    result = await group.generate_with_metadata("Is 17 prime?")
    assert broken.calls == calls
    assert result["failures"][0]["class"] == "CircuitOpen"


async def test_in_a_total_outage_a_thousand_calls_make_at_most_35_retries_and_somebody_is_always_asked() -> None:
    members = [FakeProvider(error=VendorUnavailable("down", retry_after=0.0)) for _ in range(3)]
    group = ensemble(members)
    for _ in range(334):
        before = sum(member.calls for member in members)
        results = await group.generate_many(["hello?"])
        assert results[0]["response"] is None
        assert sum(member.calls for member in members) > before
    assert sum(member.calls for member in members) <= 1_002 + 35
