"""The run as a stream of events, and many runs at once."""

import asyncio
import gc
import itertools

import pytest

from providers import events
from providers.batch import Progress
from providers.errors import BadAnswer, ConfigurationError, VendorUnavailable
from tests.support.ensembles import ensemble, nothing_runs
from tests.support.providers import FakeProvider, assessment, failing, judge_by


async def test_tells_everything_in_order_and_ends_with_the_verdict() -> None:
    heard = [event async for event in ensemble([FakeProvider(pieces=["a", "b"], model="one")], strategy="voting").stream("?")]
    assert [event.name for event in heard] == [
        "predict.start", "model.start", "model.delta", "model.delta", "model.stop", "candidate.judged", "vote.complete", "predict.stop",
    ]  # fmt: skip
    assert [event.text for event in heard if isinstance(event, events.MemberDelta)] == ["a", "b"]
    last = heard[-1]
    assert isinstance(last, events.RunFinished)
    assert last.verdict.text == "ab"
    assert [event.at_ms for event in heard] == sorted(event.at_ms for event in heard)
    assert len({event.run_id for event in heard}) == 1


async def test_each_members_events_keep_their_order() -> None:
    members = [FakeProvider(pieces=[f"{at}-{piece} " for piece in range(40)], model=f"m{at}") for at in range(4)]
    texts: dict[str, list[str]] = {}
    async for event in ensemble(members).stream("?"):
        if isinstance(event, events.MemberDelta):
            texts.setdefault(event.member, []).append(event.text)
    for at in range(4):
        assert texts[f"fake/m{at}"] == list(members[at].script.pieces)


async def test_a_failed_run_ends_with_its_reason() -> None:
    heard = [event async for event in ensemble([failing(BadAnswer("cut off"))]).stream("?")]
    assert isinstance(heard[-1], events.RunFailed)
    assert heard[-1].kind == "NotEnoughAnswers"
    assert heard[-1].candidates[0].error is not None
    assert any(isinstance(event, events.MemberFailed) for event in heard)


async def test_consensus_is_told_as_reached_or_failed() -> None:
    agreed = [event.name async for event in ensemble([FakeProvider("a"), FakeProvider("a")], strategy="consensus").stream("?")]
    apart = [event.name async for event in ensemble([FakeProvider("a"), FakeProvider("b")], strategy="consensus").stream("?")]
    assert "consensus.reached" in agreed
    assert "consensus.failed" in apart


async def test_a_retry_is_told_so_that_its_text_can_be_dropped() -> None:
    member = FakeProvider(pieces=["x"], failures=[VendorUnavailable("down")])
    heard = [event async for event in ensemble([member]).stream("?")]
    retried = [event for event in heard if isinstance(event, events.MemberRetried)]
    assert [(event.attempt, event.reason) for event in retried] == [(2, "down")]


async def test_a_judged_candidate_is_told_before_the_slow_ones_answer() -> None:
    table = {"```a": assessment()}
    heard = [
        event
        async for event in ensemble(
            [FakeProvider("```a", model="a"), FakeProvider("```a", delay=0.05, model="b")], assess=judge_by(table)
        ).stream("?")
    ]
    names = [(event.name, event.member) for event in heard if isinstance(event, events.CandidateJudged | events.MemberFinished)]
    assert names.index(("candidate.judged", "fake/a")) < names.index(("model.stop", "fake/b"))


async def test_nothing_is_called_before_the_first_event_is_asked_for() -> None:
    member = FakeProvider()
    stream = ensemble([member]).stream("?")
    await asyncio.sleep(0.01)
    assert member.calls == 0
    await stream.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_bad_prompt_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError):
        ensemble([FakeProvider()]).stream("")


# -- stopping ------------------------------------------------------------------------------------------------------------


async def test_break_closes_the_calls() -> None:
    member = FakeProvider(pieces=["x"] * 1000, gap=0.01)
    async for event in ensemble([member]).stream("?"):
        if isinstance(event, events.MemberDelta):
            break
    await nothing_runs()
    assert (member.open, member.cancelled) == (0, 1)


async def test_aclose_closes_the_calls_and_may_be_repeated() -> None:
    member = FakeProvider(hang=True)
    stream = ensemble([member]).stream("?")
    await anext(stream)
    await anext(stream)
    await stream.aclose()
    await stream.aclose()
    assert member.cancelled == 1
    await nothing_runs()


async def test_cancelling_the_reader_closes_the_calls() -> None:
    member = FakeProvider(hang=True)

    async def read() -> None:
        async for _ in ensemble([member]).stream("?"):
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert member.cancelled == 1
    await nothing_runs()


async def test_a_stream_that_is_dropped_closes_its_calls() -> None:
    member = FakeProvider(hang=True)
    stream = ensemble([member]).stream("?")
    await anext(stream)
    await anext(stream)
    del stream
    gc.collect()
    await nothing_runs()
    assert member.cancelled == 1


async def test_a_slow_reader_holds_the_members_back() -> None:
    """The buffer is bounded: a member cannot run ahead without end."""
    member = FakeProvider(pieces=["x"] * 5000)
    async with ensemble([member]).stream("?") as stream:
        for _ in range(5):
            await anext(stream)
        await asyncio.sleep(0.05)
        assert member.passed_on < 100


# -- listeners -----------------------------------------------------------------------------------------------------------


async def test_listeners_of_the_ensemble_and_of_the_run_both_hear() -> None:
    first: list[str] = []
    second: list[str] = []

    async def listen(event: events.Event) -> None:
        second.append(event.name)

    await ensemble([FakeProvider()], on_event=lambda event: first.append(event.name)).run("?", listen)
    assert first == second != []


async def test_a_listener_that_fails_does_not_end_the_run() -> None:
    def broken(event: events.Event) -> None:
        raise KeyError("oops")

    verdict = await ensemble([FakeProvider("ok")], on_event=broken).run("?")
    assert verdict.text == "ok"
    assert any("KeyError" in warning for warning in verdict.warnings)


# -- many ----------------------------------------------------------------------------------------------------------------


async def test_many_prompts_keep_their_order_and_report_progress() -> None:
    member = FakeProvider(reply=lambda prompt: prompt.text.upper(), delay=0.001)
    progress: list[Progress] = []
    results = await ensemble([member]).generate_many((f"p{at}" for at in range(20)), concurrency=3, on_progress=progress.append)
    assert [result["response"] for result in results] == [f"P{at}" for at in range(20)]
    assert [entry.done for entry in progress] == list(range(1, 21))
    assert {entry.total for entry in progress} == {20}
    assert sorted(entry.index for entry in progress) == list(range(20))
    assert member.peak == 3


async def test_a_prompt_that_fails_does_not_end_the_others() -> None:
    turn = itertools.count()
    member = FakeProvider(reply=lambda prompt: "" if next(turn) == 1 else "ok")
    progress: list[Progress] = []
    results = await ensemble([member]).generate_many(["a", "b", "c"], concurrency=1, on_progress=progress.append)
    assert [result["response"] for result in results] == ["ok", None, "ok"]
    assert results[1]["error"]["class"] == "NotEnoughAnswers"
    assert results[1]["failures"][0]["class"] == "BadAnswer"
    assert results[0].keys() == results[1].keys()
    assert progress[-1].failed == 1


async def test_cancelling_many_cancels_what_runs() -> None:
    member = FakeProvider(hang=True)
    task = asyncio.create_task(ensemble([member]).generate_many(["?"] * 10, concurrency=4))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (member.calls, member.cancelled) == (4, 4)
    await nothing_runs()


async def test_many_of_none_is_none() -> None:
    assert await ensemble([FakeProvider()]).generate_many([]) == []


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True])
async def test_concurrency_must_be_a_whole_number(concurrency: object) -> None:
    with pytest.raises(ConfigurationError, match="concurrency"):
        await ensemble([FakeProvider()]).generate_many(["?"], concurrency=concurrency)  # type: ignore[arg-type]
