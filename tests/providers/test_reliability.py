"""How often an ensemble answers when its members fail, and what an outage costs."""

import random
from contextlib import suppress

import pytest

from providers import NotEnoughAnswers
from providers.errors import BadAnswer, VendorUnavailable
from tests.support.ensembles import ensemble, nothing_runs
from tests.support.providers import FakeProvider


class Flaky(FakeProvider):
    """Fails at random, independently of the others."""

    def __init__(self, rate: float, seed: int):
        super().__init__("ok", model=f"flaky{seed}")
        self._rate, self._random = rate, random.Random(seed)

    async def _act(self, prompt: object, on_delta: object) -> object:  # type: ignore[override]
        self.seen.clear()
        if self._random.random() < self._rate:
            raise BadAnswer("bad luck", vendor=self.id)
        return await super()._act(prompt, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("members", "floor"), [(2, 0.995), (3, 0.9998)])
async def test_an_ensemble_answers_where_single_members_fail(members: int, floor: float) -> None:
    """10,000 runs at 5 % independent failures (SECURITY 29)."""
    group = ensemble([Flaky(0.05, seed) for seed in range(members)], min_responses=1)
    answered = 0
    for _ in range(10_000):
        with suppress(NotEnoughAnswers):
            answered += await group.generate("?") == "ok"
    assert answered / 10_000 >= floor


@pytest.mark.parametrize("members", [1, 3])
async def test_a_total_outage_of_a_thousand_calls_makes_few_retries(members: int) -> None:
    group = [FakeProvider(error=VendorUnavailable("down"), model=f"m{at}") for at in range(members)]
    results = await ensemble(group).generate_many(["?"] * (1000 // members), concurrency=200)
    assert all(result["response"] is None for result in results)
    assert sum(member.calls for member in group) - members * (1000 // members) <= 35
    await nothing_runs()
