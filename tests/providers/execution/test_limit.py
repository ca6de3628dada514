"""Limits: never more calls in a minute than allowed, in this process and through a real Redis; waiting, and failing in time."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from providers import waiting
from providers.base import CallOptions, Prompt
from providers.errors import LocalLimit
from providers.execution.limit import Limit, RedisWindows, Turnstile, Window
from tests.support.providers import FakeProvider
from tests.support.redis import redis_server

__all__ = ["redis_server"]

PROMPT, FREE = Prompt(text="hello?"), CallOptions()


class Clock:
    now = 5_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def test_ten_thousand_random_steps_never_pass_the_limit_in_any_window() -> None:
    chance, clock = random.Random(3), Clock()
    window, taken = Window(60, clock=clock), []
    for _ in range(10_000):
        clock.now += chance.choice((0.0, 0.0, 0.01, 0.4, 3.0))
        recent = sum(clock.now - at < 60 for at in taken[-61:])
        waits = window.take_now()
        assert (waits == 0) is (recent < 60), "it is neither too strict nor too lax"
        if waits == 0:
            taken.append(clock.now)
        else:
            assert 0 < waits <= 60
    assert all(later - earlier >= 60 for earlier, later in zip(taken, taken[60:], strict=False))


async def test_a_thousand_calls_at_sixty_a_minute_make_sixty_a_window() -> None:
    clock = Clock()
    times: list[float] = []

    def note(prompt: Prompt) -> str:
        times.append(clock.now)
        return "yes"

    limited = Limit(FakeProvider(reply=note), Turnstile(Window(60, clock=clock), 60), sleep=clock.sleep)
    await asyncio.gather(*(limited.complete(PROMPT, FREE) for _ in range(1_000)))
    times.sort()
    assert len(times) == 1_000
    assert all(later - earlier >= 59.99 for earlier, later in zip(times, times[60:], strict=False))


async def test_a_call_whose_place_comes_after_its_deadline_fails_at_once() -> None:
    member = FakeProvider()
    limited = Limit(member, Turnstile(Window(1), 1))
    await limited.complete(PROMPT, FREE)
    with pytest.raises(LocalLimit, match=r"limit of 1 calls a minute .* the next is free in (59|60) s") as caught:
        await limited.complete(PROMPT, CallOptions(deadline=time.monotonic() + 5))
    assert not caught.value.retryable
    assert member.calls == 1


async def test_a_call_that_waits_can_be_cancelled() -> None:
    turnstile = Turnstile(Window(1), 1)
    limited = Limit(FakeProvider(), turnstile)
    await limited.complete(PROMPT, FREE)
    task = asyncio.create_task(limited.complete(PROMPT, FREE))
    await asyncio.sleep(0.01)
    assert turnstile.waiting == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert turnstile.waiting == 0


async def test_two_processes_share_one_limit_through_redis(redis_server: str) -> None:
    one = RedisWindows(redis_server).window("openai/someone", Window(5))
    other = RedisWindows(redis_server).window("openai/someone", Window(5))
    waits = [await places.take() for places in (one, other) * 4]
    assert [wait == 0 for wait in waits] == [True] * 5 + [False] * 3
    assert all(0 < wait <= 60 for wait in waits[5:])
    assert await RedisWindows(redis_server).window("openai/another", Window(5)).take() == 0


async def test_without_redis_each_process_counts_alone_and_no_limit_is_lifted() -> None:
    lost = RedisWindows("redis://127.0.0.1:1").window("openai/someone", Window(2))
    assert [await lost.take() == 0 for _ in range(4)] == [True, True, False, False]


async def test_a_call_that_waits_for_its_turn_says_for_what_and_when_it_goes_on() -> None:
    clock, told = Clock(), []

    async def hear(why: str) -> None:
        told.append(why)

    waiting.listen(hear)
    limited = Limit(FakeProvider("yes"), Turnstile(Window(1, clock=clock), 1), clock.sleep)
    for _ in range(2):
        await limited.complete(PROMPT, FREE)
    assert told == ["It waits for its turn: 1 calls a minute are used up, one is free in 60 s.", ""]
