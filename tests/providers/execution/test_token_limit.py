"""Limits of tokens: no minute begins more than allowed; what a call really took counts; waiting, and failing in time."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from config import Settings
from providers.base import CallOptions, Prompt, Usage
from providers.errors import LocalLimit
from providers.execution.token_limit import Taken, TokenLimit, TokenWindow
from providers.shared import Guards, Shared
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider

PROMPT = Prompt(text="hello?")


class Clock:
    now = 5_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def test_ten_thousand_random_steps_never_pass_the_limit_and_wait_no_longer_than_needed() -> None:
    chance, clock = random.Random(5), Clock()
    window = TokenWindow(1_000, clock=clock)
    taken: list[Taken] = []
    for _ in range(10_000):
        clock.now += chance.choice((0.0, 0.01, 0.5, 4.0, 20.0))
        wanted = chance.choice((1, 50, 300, 999, 1_500))
        taken = [entry for entry in taken if clock.now - entry.at < 60]
        room = not taken or sum(entry.tokens for entry in taken) + wanted <= 1_000
        found = window.take(wanted)
        assert isinstance(found, Taken) is room
        if isinstance(found, Taken):
            taken.append(found)
            continue
        assert 0 < found <= 60
        late = [entry for entry in taken if entry.at > clock.now + found - 60 + 1e-6]
        assert not late or sum(entry.tokens for entry in late) + wanted <= 1_000, "after the wait there is room"


async def test_calls_wait_until_their_tokens_fit_and_count_as_the_vendor_counted_them() -> None:
    clock, times = Clock(), []

    def note(prompt: Prompt) -> str:
        times.append(clock.now - 5_000)
        return "yes"

    member = FakeProvider(reply=note, usage=Usage(500, 500))
    limited = TokenLimit(member, TokenWindow(1_000, clock=clock), sleep=clock.sleep)
    for _ in range(3):
        await limited.complete(PROMPT, CallOptions(max_tokens=20))
    assert times == [0, 60, 120], "each was thought small and took 1,000"


async def test_a_call_that_fits_too_late_fails_at_once_with_the_setting_that_would_help() -> None:
    member = FakeProvider(usage=Usage(400, 500))
    limited = TokenLimit(member, TokenWindow(1_000))
    await limited.complete(PROMPT, CallOptions())
    with pytest.raises(LocalLimit, match=r"1,000 tokens a minute .* there is some in (59|60) s") as caught:
        await limited.complete(PROMPT, CallOptions(deadline=time.monotonic() + 5))
    assert "VENDOR_TOKENS_PER_MINUTE" in caught.value.advice
    assert member.calls == 1


async def test_each_user_has_a_limit_of_his_own_at_each_vendor_and_an_ensemble_keeps_it() -> None:
    shared = Shared(tokens_per_minute={"fake": 600, "*": 50})
    assert shared.token_window("anna", "fake") is shared.token_window("anna", "fake")
    assert shared.token_window("anna", "fake") is not shared.token_window("ben", "fake")
    assert shared.token_window("anna", "openai").limit == 50  # type: ignore[union-attr]
    assert Shared().token_window("anna", "openai") is None
    member = FakeProvider(usage=Usage(400, 500))
    group = ensemble([member], guards=Guards(shared=shared, owner="anna"), timeout=1.0)
    assert (await group.run("?")).winner is not None
    assert shared.token_window("anna", "fake").used == 900  # type: ignore[union-attr]


def test_the_setting_is_written_as_that_of_calls() -> None:
    made = Settings(_env_file=None, vendor_tokens_per_minute="openai=30000,*=100000")
    assert dict(made.vendor_tokens_per_minute) == {"openai": 30_000, "*": 100_000}
    assert Settings(_env_file=None).vendor_tokens_per_minute == ()
