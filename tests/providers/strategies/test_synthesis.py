"""Synthesis: what the aggregator makes stands the same tests as the answers it was made of."""

import pytest

from providers import Prompt, events
from providers.base import Usage
from providers.errors import BadAnswer, ConfigurationError
from providers.pricing import price_of
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider, assessment, failing, judge_by


def merging(text: str, **more: object) -> FakeProvider:
    return FakeProvider(text, model="merger", **more)


async def test_the_aggregators_answer_is_returned_metered_and_told() -> None:
    table = {"```a": assessment(score=0.6), "```b": assessment(score=0.7, port="9000"), "```ab": assessment(score=0.9, port="9000")}
    heard: list[events.Event] = []
    aggregator = FakeProvider("```ab", vendor="openai", model="gpt-4o", usage=Usage(1000, 100))
    group = ensemble(
        [FakeProvider("```a"), FakeProvider("```b")],
        strategy="synthesis",
        aggregator=aggregator,
        assess=judge_by(table),
        on_event=heard.append,
        timeout=10,
    )
    result = await group.generate_with_metadata(Prompt(text="Write it.", system="Be exact."))
    assert result["response"] == "```ab"
    merged = result["individual_responses"][-1]
    assert (merged["role"], merged["id"], result["winner"]) == ("aggregator", "openai/gpt-4o#aggregator", "openai/gpt-4o#aggregator")
    price = price_of("openai", "gpt-4o")
    assert price is not None
    assert merged["cost_usd"] == pytest.approx((1000 * price.input_usd + 100 * price.output_usd) / 1e6)
    assert result["cost_usd"] == merged["cost_usd"]
    assert (result["total_providers"], len(result["providers_used"])) == (2, 2), "the aggregator is no member"
    assert len(result["similarity"]) == 3
    assert any("merged 2 answers" in reason for reason in result["reasons"])
    assert any("port 9000" in reason for reason in result["reasons"])
    told = [type(event).__name__ for event in heard if getattr(event, "member", "") == merged["id"]]
    assert told == ["MemberStarted", "MemberDelta", "MemberFinished", "CandidateJudged"]
    (prompt, options) = aggregator.seen[0]
    assert "```a" in prompt.text
    assert "```b" in prompt.text
    assert "Write it." in prompt.text
    assert "port" in prompt.text, "it is told where the answers differ"
    assert (prompt.system, prompt.request) == ("Be exact.", None)
    assert options.deadline is not None


@pytest.mark.parametrize(
    ("merged", "why"),
    [
        (assessment(score=0.99, clean=False), "did not pass the validators"),
        (assessment(score=0.5), "scores 0.50"),
        (None, "holds no file"),
    ],
)
async def test_a_synthesis_that_is_worse_is_not_returned_and_the_metadata_says_so(merged: object, why: str) -> None:
    table = {"```a": assessment(score=0.6), "```b": assessment(score=0.7, port="9000")} | ({"```ab": merged} if merged else {})
    group = ensemble(
        [FakeProvider("```a"), FakeProvider("```b")],
        strategy="synthesis",
        aggregator=merging("```ab"),
        assess=judge_by(table),  # type: ignore[arg-type]
    )
    result = await group.generate_with_metadata("?")
    assert result["response"] == "```b"
    assert any("not a synthesis" in warning and why in warning for warning in result["warnings"])
    assert "not a synthesis" in result["reasons"][0]
    assert len(result["individual_responses"]) == 3, "it can be looked at all the same"


async def test_an_aggregator_that_fails_costs_no_answer() -> None:
    group = ensemble([FakeProvider("red"), FakeProvider("blue")], strategy="synthesis", aggregator=failing(BadAnswer("cut off")))
    result = await group.generate_with_metadata("?")
    assert result["response"] in {"red", "blue"}
    assert any("the synthesis failed: cut off" in warning for warning in result["warnings"])
    assert result["failures"][0]["class"] == "BadAnswer"


async def test_an_aggregator_that_hangs_is_cut_in_time() -> None:
    group = ensemble([FakeProvider("red"), FakeProvider("blue")], strategy="synthesis", aggregator=FakeProvider(hang=True), timeout=0.5)
    assert await group.generate("?") in {"red", "blue"}


async def test_members_that_hang_leave_time_to_the_aggregator() -> None:
    members = [FakeProvider("red"), FakeProvider("blue"), FakeProvider(hang=True)]
    result = await ensemble(members, strategy="synthesis", aggregator=merging("red blue"), timeout=1.0).generate_with_metadata("?")
    assert result["response"] == "red blue"


async def test_texts_must_not_contradict_what_the_members_agree_on() -> None:
    def group(merged: str) -> object:
        members = [FakeProvider("4"), FakeProvider("4"), FakeProvider("5")]
        return ensemble(members, strategy="synthesis", aggregator=merging(merged), normalization="numeric").generate("?")

    assert await group("The answer is 4") == "The answer is 4"
    assert await group("5") == "4"


async def test_nothing_is_asked_where_there_is_nothing_to_merge() -> None:
    aggregator = merging("x")
    result = await ensemble([FakeProvider("yes"), FakeProvider("Yes")], strategy="synthesis", aggregator=aggregator).generate_with_metadata(
        "?"
    )
    assert aggregator.calls == 0
    assert "nothing to merge" in result["reasons"][0]


async def test_without_a_name_the_member_with_the_best_answer_merges() -> None:
    table = {"```a": assessment(score=0.6), "```b": assessment(score=0.7, port="9000")}
    first, second = FakeProvider("```a"), FakeProvider("```b")
    result = await ensemble([first, second], strategy="synthesis", assess=judge_by(table)).generate_with_metadata("?")
    assert (first.calls, second.calls) == (1, 2)
    assert result["individual_responses"][-1]["provider"].endswith("aggregator")


async def test_an_aggregator_may_be_one_of_the_members_by_its_id() -> None:
    first, second = FakeProvider("red", model="one"), FakeProvider("blue", model="two")
    await ensemble([first, second], strategy="synthesis", aggregator="fake/two").run("?")
    assert (first.calls, second.calls) == (1, 2)


async def test_the_architect_alone_cannot_merge_and_the_metadata_says_so() -> None:
    with pytest.raises(ConfigurationError):
        ensemble([FakeProvider()], strategy="synthesis", aggregator="fake/unknown")
    members = [FakeProvider("red", vendor="architect"), FakeProvider("blue", vendor="architect")]
    result = await ensemble(members, strategy="synthesis").generate_with_metadata("?")
    assert any("name an aggregator" in warning for warning in result["warnings"])
