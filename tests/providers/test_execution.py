"""When members are called: parallel, sequential, early stop."""

import pytest

from providers.errors import BadAnswer, NotEnoughAnswers
from providers.records import Status
from tests.support.ensembles import ensemble, nothing_runs
from tests.support.providers import FakeProvider, failing


async def test_parallel_calls_everybody_at_once() -> None:
    together: list[int] = []
    running = 0

    class Counting(FakeProvider):
        async def _act(self, prompt: object, on_delta: object) -> object:  # type: ignore[override]
            nonlocal running
            running += 1
            together.append(running)
            try:
                return await super()._act(prompt, on_delta)  # type: ignore[arg-type]
            finally:
                running -= 1

    await ensemble([Counting(delay=0.05) for _ in range(5)]).generate("?")
    assert max(together) == 5


async def test_sequential_asks_one_at_a_time_and_stops_when_they_agree() -> None:
    members = [FakeProvider("a"), FakeProvider("a"), FakeProvider("b"), FakeProvider("b")]
    verdict = await ensemble(members, execution="sequential", strategy="voting").run("?")
    assert [member.calls for member in members] == [1, 1, 0, 0]
    assert [candidate.status for candidate in verdict.candidates] == [Status.SUCCESS, Status.SUCCESS, Status.SKIPPED, Status.SKIPPED]
    assert verdict.execution == "sequential"
    assert verdict.text == "a"


async def test_sequential_goes_on_below_the_agreement_asked_for() -> None:
    members = [FakeProvider("a"), FakeProvider("b"), FakeProvider("a"), FakeProvider("a"), FakeProvider("c")]
    await ensemble(members, execution="sequential").run("?")
    assert [member.calls for member in members] == [1, 1, 1, 1, 0], "3 of 4 is 0.75"


async def test_sequential_passes_over_failures_and_honours_min_responses() -> None:
    members = [failing(BadAnswer("no")), FakeProvider("a"), FakeProvider("a"), FakeProvider("a")]
    await ensemble(members, execution="sequential", min_responses=3).run("?")
    assert [member.calls for member in members] == [1, 1, 1, 1]


async def test_sequential_of_one_is_one_call() -> None:
    assert await ensemble([FakeProvider("a")], execution="sequential").generate("?") == "a"


async def test_early_stop_cancels_those_who_cannot_change_the_majority() -> None:
    slow = FakeProvider("b", hang=True)
    verdict = await ensemble([FakeProvider("a"), FakeProvider("a"), slow], early_stop_threshold=0.6, strategy="voting").run("?")
    assert verdict.text == "a"
    assert verdict.candidates[2].status is Status.CANCELLED
    assert slow.cancelled == 1
    await nothing_runs()


async def test_early_stop_waits_while_the_majority_is_open() -> None:
    late = FakeProvider("b", delay=0.03)
    verdict = await ensemble([FakeProvider("a"), FakeProvider("b"), late], early_stop_threshold=0.6, strategy="voting").run("?")
    assert verdict.text == "b"


async def test_min_responses_hold_with_early_stop() -> None:
    members = [FakeProvider("a"), FakeProvider("a"), failing(BadAnswer("no"))]
    with pytest.raises(NotEnoughAnswers):
        await ensemble(members, early_stop_threshold=0.5, min_responses=3).run("?")
