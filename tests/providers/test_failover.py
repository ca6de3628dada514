"""A member whose stream breaks, stalls or comes malformed is replaced, and everybody is told."""

import pytest

from providers import NotEnoughAnswers, Prompt, events
from providers.base import CallOptions, FinishReason, OnDelta
from providers.errors import AuthenticationFailed, BadAnswer, ConfigurationError, ConnectionFailed, ContextTooLong, LocalLimit, RateLimited
from providers.records import Status
from tests.support.ensembles import ensemble, nothing_runs
from tests.support.providers import FakeProvider, failing


class Stalling(FakeProvider):
    """Streams a little, then falls silent."""

    async def complete(self, prompt: Prompt, options: CallOptions, on_delta: OnDelta | None = None):  # type: ignore[no-untyped-def]
        self.script.gap = 60.0
        return await super().complete(prompt, options, on_delta)


def broken(error: Exception) -> FakeProvider:
    return FakeProvider(pieces=["half of "], error=error)


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        (broken(ConnectionFailed("the stream broke off")), "ConnectionFailed"),
        (broken(BadAnswer("not JSON")), "BadAnswer"),
        (FakeProvider("cut", finish=FinishReason.LENGTH), "BadAnswer"),
        (FakeProvider(" "), "BadAnswer"),
        (Stalling(), "VendorTimeout"),
        (failing(AuthenticationFailed("no key")), "AuthenticationFailed"),
    ],
)
async def test_a_member_that_fails_is_replaced_by_its_fallback(member: FakeProvider, kind: str) -> None:
    spare, heard = FakeProvider("spare"), []
    group = ensemble(
        [{"provider": member, "fallback": spare, "weight": 3}, FakeProvider("other")],
        strategy="weighted",
        weights=[3, 1],
        stall_timeout=0.05,
        on_event=heard.append,
    )
    result = await group.generate_with_metadata("?")
    first, second, third = result["individual_responses"]
    assert result["response"] == "spare", "it has the weight of the member it stands for"
    assert (first["status"], first["error"]["class"], first["replaced_by"]) == ("error", kind, third["id"])
    assert (third["status"], third["stands_in_for"], third["role"], third["weight"]) == ("success", first["id"], "stand_in", 3.0)
    assert second["status"] == "success"
    assert any("was replaced by" in warning for warning in result["warnings"])
    (replaced,) = [event for event in heard if isinstance(event, events.MemberReplaced)]
    assert replaced.by == third["id"]
    started = next(event for event in heard if isinstance(event, events.RunStarted))
    assert third["id"] in [entry.id for entry in started.standing_by]
    assert member.calls == 1, "a stream that broke is not begun again when somebody can take its place"
    await nothing_runs()


async def test_a_broken_stream_is_tried_again_where_nobody_takes_its_place() -> None:
    member = FakeProvider(pieces=["half of "], failures=[ConnectionFailed("broke")])
    result = await ensemble([member]).generate_with_metadata("?")
    assert (member.calls, result["response"]) == (2, "half of ")


async def test_a_fallback_that_fails_has_one_of_its_own_and_no_more() -> None:
    third = {"provider": FakeProvider("third")}
    second = {"provider": failing(BadAnswer("no")), "fallback": third}
    assert await ensemble([{"provider": failing(BadAnswer("no")), "fallback": second}]).generate("?") == "third"
    third["fallback"] = FakeProvider()  # type: ignore[assignment]
    with pytest.raises(ConfigurationError, match="at most 2"):
        ensemble([{"provider": FakeProvider(), "fallback": second}])


async def test_a_fallback_is_not_asked_when_it_is_not_needed_and_has_time_when_it_is() -> None:
    spare = FakeProvider("spare")
    await ensemble([{"provider": FakeProvider("ok"), "fallback": spare}]).run("?")
    assert spare.calls == 0
    verdict = await ensemble([{"provider": FakeProvider(hang=True), "fallback": spare}], timeout=1.0).run("?")
    assert verdict.text == "spare"
    assert verdict.consensus == 1.0, "one of one"


async def test_where_everybody_fails_every_reason_is_told() -> None:
    with pytest.raises(NotEnoughAnswers, match=r"first.*second"):
        await ensemble([{"provider": failing(BadAnswer("first")), "fallback": failing(BadAnswer("second"))}]).run("?")


async def test_a_fallback_may_be_named_by_vendor_and_model() -> None:
    group = ensemble([{"name": "openai", "model": "gpt-4o", "fallback": "ollama/llama3.1"}])
    assert [member.id for member in group.members] == ["openai/gpt-4o"]
    await group.aclose()


async def test_a_slow_reader_is_no_stall() -> None:
    import asyncio

    async def slow(event: object) -> None:
        if isinstance(event, events.MemberDelta):
            await asyncio.sleep(0.1)

    member = FakeProvider(pieces=["a", "b", "c"])
    verdict = await ensemble([member], stall_timeout=0.05, on_event=slow).run("?")
    assert verdict.text == "abc"
    assert verdict.candidates[0].status is Status.SUCCESS


async def test_who_takes_a_members_place_depends_on_the_kind_of_failure() -> None:
    async def answered(error: Exception) -> tuple[str, dict[str, int]]:
        long, other = FakeProvider("long"), FakeProvider("other")
        group = ensemble([{"provider": failing(error), "fallback": {"ContextTooLong": long, "*": other}, "weight": 2}])
        result = await group.generate_with_metadata("?")
        assert result["individual_responses"][1]["role"] == "stand_in"
        assert result["individual_responses"][1]["weight"] == 2.0
        return result["response"], {"long": long.calls, "other": other.calls}

    assert await answered(ContextTooLong("too long")) == ("long", {"long": 1, "other": 0})
    assert await answered(BadAnswer("no")) == ("other", {"long": 0, "other": 1})


async def test_a_general_kind_covers_its_special_cases_and_other_failures_have_no_fallback() -> None:
    spare = FakeProvider("spare")
    for error in (LocalLimit("used up"), RateLimited("too many")):
        group = ensemble([{"provider": failing(error), "fallback": {"RateLimited": spare}}], timeout=1.0)
        assert await group.generate("?") == "spare"
    with pytest.raises(NotEnoughAnswers):
        await ensemble([{"provider": failing(BadAnswer("no")), "fallback": {"RateLimited": spare}}]).generate("?")


async def test_a_broken_stream_is_tried_again_where_only_other_failures_have_a_fallback() -> None:
    member = FakeProvider(pieces=["half of "], failures=[ConnectionFailed("broke")])
    result = await ensemble([{"provider": member, "fallback": {"ContextTooLong": FakeProvider("long")}}]).generate_with_metadata("?")
    assert (member.calls, result["response"]) == (2, "half of ")


def test_an_unknown_kind_of_failure_names_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"Sunday.*ContextTooLong"):
        ensemble([{"provider": FakeProvider(), "fallback": {"Sunday": FakeProvider()}}])
