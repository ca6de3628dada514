"""Each wrapper around a Provider does its one thing."""

import asyncio
import gc
import time

import pytest

from providers.base import Answer, CallOptions, Delta, FinishReason, Prompt, Usage
from providers.errors import (
    AuthenticationFailed,
    BadAnswer,
    ContentRefused,
    InvalidRequest,
    ModelNotFound,
    ProviderError,
    RateLimited,
    VendorTimeout,
    VendorUnavailable,
)
from providers.execution.cap import Cap
from providers.execution.clean import Clean
from providers.execution.deadline import Deadline
from providers.execution.meter import Meter
from providers.execution.retry import Retry, RetryBudget
from tests.support.ensembles import nothing_runs
from tests.support.providers import FakeProvider

PROMPT = Prompt(text="hello?")
FREE = CallOptions()


class Ears:
    """Collects what was streamed."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    async def __call__(self, delta: Delta) -> None:
        self.pieces.append(delta.text)


def within(seconds: float) -> CallOptions:
    return CallOptions(deadline=time.monotonic() + seconds)


# -- cap and clean -------------------------------------------------------------------------------------------------------


async def test_cap_cuts_a_stream_at_the_piece_that_goes_over() -> None:
    member, ears = FakeProvider(pieces=["x" * 600] * 5), Ears()
    with pytest.raises(BadAnswer, match="cut off"):
        await Cap(member, limit=1024).complete(PROMPT, FREE, ears)
    assert len(ears.pieces) == 1
    assert member.passed_on == 1


async def test_cap_counts_bytes_and_looks_at_whole_answers_too() -> None:
    with pytest.raises(BadAnswer):
        await Cap(FakeProvider("ü" * 600), limit=1024).complete(PROMPT, FREE)
    assert (await Cap(FakeProvider("u" * 600), limit=1024).complete(PROMPT, FREE)).text == "u" * 600


async def test_clean_shows_and_returns_the_same_text_when_an_escape_is_cut_in_two() -> None:
    ears = Ears()
    answer = await Clean(FakeProvider(pieces=["a\x1b", "[31", "mred", "\u202e!"])).complete(PROMPT, FREE, ears)
    assert answer.text == "".join(ears.pieces) == "ared!"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ({"finish": FinishReason.LENGTH}, BadAnswer),
        ({"finish": FinishReason.REFUSED}, ContentRefused),
        ({"text": ""}, BadAnswer),
        ({"text": " \x1b[0m\n"}, BadAnswer),
    ],
)
async def test_an_answer_that_is_no_answer_is_an_error(script: dict[str, object], error: type[ProviderError]) -> None:
    with pytest.raises(error):
        await Clean(FakeProvider(**script)).complete(PROMPT, FREE)


# -- deadline ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script", [{"hang": True}, {"deaf": True}, {"pieces": ["x"] * 1000, "gap": 0.01}], ids=["hangs", "ignores", "drips"]
)
async def test_a_member_is_cut_at_the_deadline(script: dict[str, object]) -> None:
    member, ears = FakeProvider(**script), Ears()
    wrapped = Deadline(member)
    started = time.monotonic()
    with pytest.raises(VendorTimeout):
        await wrapped.complete(PROMPT, within(0.1), ears)
    assert time.monotonic() - started < 0.1 + 0.5 + 1.0  # a generous bound for a busy machine
    heard = len(ears.pieces)
    await asyncio.sleep(0.05)
    assert len(ears.pieces) == heard, "nothing is passed on after the cut"
    await wrapped.aclose()  # cancels again whoever ignored it the first time
    await wrapped.aclose()
    await nothing_runs()


async def test_cancelling_the_caller_cancels_the_call() -> None:
    member = FakeProvider(hang=True)
    task = asyncio.create_task(Deadline(member).complete(PROMPT, FREE))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (member.open, member.cancelled) == (0, 1)
    await nothing_runs()


async def test_a_failure_in_the_moment_of_the_cancellation_is_nobodys_unheard_error() -> None:
    fail, unheard = asyncio.Event(), []

    class Failing(FakeProvider):
        async def _act(self, prompt: Prompt, on_delta: object) -> Answer:
            await fail.wait()
            raise BadAnswer("broken")

    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context["message"]))
    task = asyncio.create_task(Deadline(Failing()).complete(PROMPT, FREE))
    await asyncio.sleep(0.01)
    fail.set()
    await asyncio.sleep(0)  # the call has failed now, and its caller has not heard of it yet
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    del task
    gc.collect()
    assert unheard == []


async def test_a_deadline_that_has_passed_makes_no_call() -> None:
    member = FakeProvider()
    with pytest.raises(VendorTimeout):
        await Deadline(member).complete(PROMPT, within(-1))
    assert member.calls == 0


# -- retry ---------------------------------------------------------------------------------------------------------------


class Clock:
    """Notes how long a retry would wait, without waiting."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def retrying(member: FakeProvider, clock: Clock, budget: RetryBudget | None = None, **options: object) -> Retry:
    return Retry(member, budget=budget or RetryBudget(), sleep=clock, **options)  # type: ignore[arg-type]


async def test_tries_three_times_with_growing_jitter_and_says_so() -> None:
    told: list[tuple[int, str]] = []

    async def on_retry(attempt: int, error: ProviderError) -> None:
        told.append((attempt, error.message))

    member, clock = FakeProvider(error=VendorUnavailable("down")), Clock()
    with pytest.raises(VendorUnavailable):
        await retrying(member, clock, on_retry=on_retry).complete(PROMPT, FREE)
    assert member.calls == 3
    assert told == [(2, "down"), (3, "down")]
    assert 0 <= clock.waits[0] <= 0.5
    assert 0 <= clock.waits[1] <= 1.0


async def test_a_retry_that_helps_returns_the_answer() -> None:
    member = FakeProvider("ok", failures=[VendorUnavailable("down"), RateLimited("slow")])
    assert (await retrying(member, Clock()).complete(PROMPT, FREE)).text == "ok"


@pytest.mark.parametrize("error", [AuthenticationFailed, ModelNotFound, InvalidRequest, ContentRefused, BadAnswer, VendorTimeout])
async def test_what_a_retry_cannot_mend_is_hit_exactly_once(error: type[ProviderError]) -> None:
    member = FakeProvider(error=error("no"))
    with pytest.raises(error):
        await retrying(member, Clock()).complete(PROMPT, FREE)
    assert member.calls == 1


async def test_retry_after_is_honoured() -> None:
    member, clock = FakeProvider("ok", failures=[RateLimited("slow", retry_after=7)]), Clock()
    await retrying(member, clock).complete(PROMPT, FREE)
    assert 7 <= clock.waits[0] <= 7.25


@pytest.mark.parametrize(("retry_after", "seconds"), [(61.0, 1000.0), (5.0, 2.0)], ids=["longer than a minute", "past the deadline"])
async def test_a_wait_that_is_too_long_fails_over_at_once(retry_after: float, seconds: float) -> None:
    member, clock = FakeProvider(error=RateLimited("slow", retry_after=retry_after)), Clock()
    with pytest.raises(RateLimited):
        await retrying(member, clock).complete(PROMPT, within(seconds))
    assert (member.calls, clock.waits) == (1, [])


async def test_an_outage_soon_uses_up_the_budget() -> None:
    budget = RetryBudget(30)
    member = FakeProvider(error=VendorUnavailable("down"))
    wrapped = retrying(member, Clock(), budget)
    for _ in range(1000):
        with pytest.raises(VendorUnavailable):
            await wrapped.complete(PROMPT, FREE)
    assert member.calls <= 1035


async def test_successes_fill_the_budget_again() -> None:
    budget = RetryBudget(1)
    assert budget.spend()
    assert not budget.spend()
    for _ in range(11):
        budget.succeeded()
    assert budget.spend()


async def test_text_that_cannot_be_taken_back_is_not_followed_by_a_retry() -> None:
    """Without somebody who can be told, streamed text would appear twice."""
    member, ears = FakeProvider(pieces=["half"], error=VendorUnavailable("broke")), Ears()
    with pytest.raises(VendorUnavailable):
        await retrying(member, Clock()).complete(PROMPT, FREE, ears)
    assert (member.calls, ears.pieces) == (1, ["half"])


# -- meter ---------------------------------------------------------------------------------------------------------------


async def test_meter_fills_in_times_and_cost() -> None:
    member = FakeProvider(vendor="openai", model="gpt-4o", usage=Usage(1000, 1000), pieces=["a", "b"], gap=0.01)
    answer = await Meter(member).complete(PROMPT, FREE, Ears())
    assert answer.first_token_ms is not None
    assert answer.first_token_ms < answer.latency_ms
    assert answer.cost_usd
    assert (await Meter(member).complete(PROMPT, FREE)).first_token_ms is None
    assert (await Meter(FakeProvider()).complete(PROMPT, FREE)).cost_usd is None


async def test_times_of_a_retried_call_count_from_the_first_attempt() -> None:
    member = FakeProvider("ok", delay=0.02, failures=[VendorUnavailable("down")])
    answer = await retrying(member, Clock()).complete(PROMPT, FREE)
    assert answer.latency_ms >= 19  # the member itself measures nothing: this is the first attempt's time
