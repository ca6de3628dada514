"""The public interface of SPEC §4, with scripted members."""

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import CallOptions, ConfigurationError, ConsensusNotReached, NotEnoughAnswers, Prompt, RunTimedOut
from providers.base import Usage
from providers.errors import AuthenticationFailed, BadAnswer, VendorUnavailable
from providers.records import Status
from providers.reputation import Standing
from tests.support.ensembles import ensemble, nothing_runs
from tests.support.providers import FakeProvider, assessment, failing, judge_by

RESULT = {
    "response", "strategy", "providers_used", "individual_responses", "execution", "consensus", "votes", "latency_ms", "cost_usd",
    "cost_breakdown", "total_providers", "failures", "warnings",
}  # fmt: skip
RESPONSE = {
    "provider", "model", "status", "response", "latency_ms", "first_token_ms", "input_tokens", "output_tokens", "cost_usd",
    "confidence", "score", "cluster", "error",
}  # fmt: skip


# -- what is returned ----------------------------------------------------------------------------------------------------


async def test_generate_returns_the_combined_text() -> None:
    assert (
        await ensemble([FakeProvider("Paris"), FakeProvider("Lyon"), FakeProvider("paris")], strategy="majority").generate("?") == "Paris"
    )


async def test_metadata_has_every_key_of_the_specification() -> None:
    members = [FakeProvider("4", usage=Usage(10, 1)), failing(AuthenticationFailed("no key")), FakeProvider("four")]
    result = await ensemble(members, weights=[0.6, 0.3, 0.1]).generate_with_metadata("2+2?")
    assert result.keys() >= RESULT
    for entry in result["individual_responses"]:
        assert entry.keys() >= RESPONSE
    assert result["total_providers"] == 3
    assert result["providers_used"] == [members[0].label, members[2].label]
    assert [entry["status"] for entry in result["individual_responses"]] == ["success", "error", "success"]
    assert result["failures"][0]["class"] == "AuthenticationFailed"
    assert result["individual_responses"][1]["error"]["message"] == "no key"
    assert 0 <= result["consensus"] <= 1
    assert result["individual_responses"][0]["cost_usd"] is None, "an unknown price is never 0"
    assert result["cost_usd"] is None
    assert any("cost" in warning for warning in result["warnings"])


async def test_members_are_named_by_label_or_id_and_need_no_key_to_be_made() -> None:
    group = ensemble(
        [
            {"name": "OpenAI (GPT-4)", "model": "gpt-4o", "config": {}},
            {"name": "Google (Gemini)", "model": "gemini-2.5-flash", "config": {}},
            {"name": "ibm watsonx", "config": {}},
            {"name": "ollama", "config": {}},
        ]
    )
    assert [member.vendor for member in group.members] == ["openai", "gemini", "watsonx", "ollama"]
    assert group.members[0].label == "OpenAI (GPT-4)"
    assert group.members[0].id == "openai/gpt-4o"
    await group.aclose()


async def test_a_missing_key_is_a_line_in_the_metadata() -> None:
    group = ensemble([{"name": "openai", "model": "gpt-4o", "config": {}}, FakeProvider("ok")])
    result = await group.generate_with_metadata("?")
    assert result["response"] == "ok"
    assert result["failures"][0]["class"] == "AuthenticationFailed"
    await group.aclose()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"providers": []}, "at least one"),
        ({"providers": [{"name": "opnai"}]}, "choose one of"),
        ({"providers": [{"model": "x"}]}, "no 'name'"),
        ({"providers": [{"name": "openai", "modle": "x"}]}, "'modle'"),
        ({"providers": [3]}, "must be a mapping"),
        ({"providers": "openai"}, "list of members"),
        ({"strategy": "best"}, "best_of_n"),
        ({"execution": "at_once"}, "parallel, quorum, hedged"),
        ({"quorum": 0}, "`quorum` must be a whole number from 1"),
        ({"max_hedges": 1.5}, "whole number"),
        ({"hedge_delay_ms": -1}, "from 0"),
        ({"confidence_threshold": 2}, "above 0 and at most 1"),
        ({"stall_timeout": 0}, "stall_timeout"),
        ({"strategy": "synthesis", "aggregator": "nobody/x"}, "choose one of"),
        ({"providers": [{"name": "openai", "fallback": {"name": "nobody"}}]}, "choose one of"),
        ({"providers": [{"name": "openai", "priority": "high"}]}, "whole number"),
        ({"normalization": "stem"}, "numeric"),
        ({"weights": [1, 2]}, "2 weights for 1"),
        ({"weights": [-1]}, "from 0"),
        ({"weights": [0]}, "All weights"),
        ({"weights": [1], "standing": Standing()}, "one of the two"),
        ({"weights": [float("nan")]}, "number"),
        ({"timeout": 0}, "timeout"),
        ({"min_responses": 2}, "from 1 to 1"),
        ({"early_stop_threshold": 1.5}, "early_stop_threshold"),
    ],
)
def test_what_cannot_work_says_so_at_once(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        ensemble(options.pop("providers", [FakeProvider()]), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("prompt", ["", "  \n", None, 3])
async def test_a_prompt_must_hold_text(prompt: object) -> None:
    with pytest.raises(ConfigurationError):
        await ensemble([FakeProvider()]).generate(prompt)  # type: ignore[arg-type]


async def test_call_options_reach_the_members_and_a_members_own_go_first() -> None:
    member = FakeProvider()
    await ensemble([member], options=CallOptions(temperature=0.3, max_tokens=9), timeout=5).generate(Prompt(text="?", system="be brief"))
    prompt, options = member.seen[0]
    assert (options.temperature, options.max_tokens, prompt.system) == (0.3, 9, "be brief")
    assert options.deadline is not None


# -- failures ------------------------------------------------------------------------------------------------------------


async def test_too_few_answers_list_every_reason() -> None:
    group = ensemble([FakeProvider(), failing(AuthenticationFailed("no key here")), failing(BadAnswer("cut off"))])
    with pytest.raises(NotEnoughAnswers, match=r"no key here.*cut off") as caught:
        await group.generate("?")
    assert [candidate.status for candidate in caught.value.candidates] == [Status.SUCCESS, Status.ERROR, Status.ERROR]


@pytest.mark.parametrize(("members", "needed"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
async def test_half_of_the_members_rounded_up_must_answer(members: int, needed: int) -> None:
    def group(answering: int) -> list[FakeProvider]:
        return [FakeProvider() for _ in range(answering)] + [failing(BadAnswer("no")) for _ in range(members - answering)]

    assert await ensemble(group(needed)).generate("?")
    with pytest.raises(NotEnoughAnswers):
        await ensemble(group(needed - 1)).generate("?")


async def test_a_members_unexpected_exception_is_its_own_and_shows_no_text() -> None:
    secret = "sk-canary-0123456789"
    group = ensemble([FakeProvider(error=RuntimeError(f"key {secret}")), FakeProvider("ok")])
    result = await group.generate_with_metadata("?")
    assert result["response"] == "ok"
    assert secret not in repr(result)
    assert "RuntimeError" in result["failures"][0]["message"]


async def test_members_that_hang_are_cut_and_the_others_are_kept() -> None:
    members = [FakeProvider(hang=True), FakeProvider(deaf=True), FakeProvider("ok")]
    started = time.monotonic()
    result = await ensemble(members, timeout=0.2, min_responses=1).generate_with_metadata("?")
    assert result["response"] == "ok"
    assert [entry["class"] for entry in result["failures"]] == ["VendorTimeout", "VendorTimeout"]
    assert time.monotonic() - started < 2.5  # 0.2 s and 0.5 s, generously


async def test_when_only_time_was_missing_the_run_timed_out() -> None:
    with pytest.raises(RunTimedOut):
        await ensemble([FakeProvider(hang=True), FakeProvider(hang=True)], timeout=0.1).generate("?")


async def test_a_run_that_failed_tells_its_text_so_far() -> None:
    listening: list[object] = []
    group = ensemble([FakeProvider(pieces=["half ", "of", "it"], gap=0.05)], timeout=0.12, on_event=listening.append)
    with pytest.raises(RunTimedOut) as caught:
        await group.generate("?")
    partial = caught.value.candidates[0].partial_text  # type: ignore[attr-defined]
    assert partial.startswith("half")


async def test_consensus_reports_the_disagreement() -> None:
    with pytest.raises(ConsensusNotReached) as caught:
        await ensemble([FakeProvider("a"), FakeProvider("b")], strategy="consensus").generate("?")
    assert len(caught.value.candidates) == 2
    assert caught.value.disagreement


async def test_a_failed_retry_is_counted_and_the_answer_kept() -> None:
    member = FakeProvider("ok", failures=[VendorUnavailable("down")])
    result = await ensemble([member]).generate_with_metadata("?")
    assert result["individual_responses"][0]["attempts"] == 2


# -- the judge -----------------------------------------------------------------------------------------------------------


async def test_artifacts_are_judged_and_carried_into_the_verdict() -> None:
    table = {"```bad": assessment(score=0.99, clean=False), "```good": assessment(score=0.7)}
    verdict = await ensemble([FakeProvider(text) for text in table], assess=judge_by(table)).run("?")
    assert verdict.text == "```good"
    assert verdict.artifacts[0].path == "Dockerfile"
    assert verdict.assessment is not None
    assert any("no vote" in reason for reason in verdict.reasons)
    assert [candidate.score for candidate in verdict.candidates] == [0.99, 0.7]


async def test_when_no_answer_is_clean_the_best_is_returned_with_a_warning() -> None:
    table = {"```a": assessment(score=0.2, clean=False), "```b": assessment(score=0.5, clean=False)}
    verdict = await ensemble([FakeProvider(text) for text in table], assess=judge_by(table)).run("?")
    assert verdict.text == "```b"
    assert any("No answer passed" in warning for warning in verdict.warnings)


async def test_an_answer_that_could_not_be_judged_has_no_vote() -> None:
    async def broken(text: str, expectations: object) -> object:
        if "bad" in text:
            raise MemoryError
        return assessment(score=0.1)

    verdict = await ensemble([FakeProvider("```bad"), FakeProvider("```good")], assess=broken).run("?")
    assert verdict.text == "```good"
    assert any("could not be judged" in warning for warning in verdict.warnings)


async def test_plain_text_is_not_judged() -> None:
    async def never(text: str, expectations: object) -> object:
        raise AssertionError("nothing to judge")

    assert await ensemble([FakeProvider("just words")], assess=never).generate("?") == "just words"


# -- standing in ---------------------------------------------------------------------------------------------------------


async def test_stand_ins_are_asked_only_when_too_few_answered() -> None:
    spare = FakeProvider("spare")
    assert await ensemble([FakeProvider("ok")], fallback=[spare]).generate("?") == "ok"
    assert spare.calls == 0
    verdict = await ensemble([failing(BadAnswer("no"))], fallback=[spare]).run("?")
    assert verdict.text == "spare"
    assert any("stood in" in warning for warning in verdict.warnings)
    assert [candidate.member.index for candidate in verdict.candidates] == [0, 1]


async def test_stand_ins_have_time_left_when_the_members_hang() -> None:
    verdict = await ensemble([FakeProvider(hang=True)], fallback=[FakeProvider("spare")], timeout=2.0).run("?")
    assert verdict.text == "spare"


# -- attribution ---------------------------------------------------------------------------------------------------------

outcomes = st.lists(st.tuples(st.booleans(), st.floats(0.01, 10), st.sampled_from("xyz")), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(outcomes)
async def test_weights_and_answers_stay_with_their_member_whoever_fails(given: list[tuple[bool, float, str]]) -> None:
    members = [FakeProvider(text) if ok else failing(BadAnswer(f"member {at}")) for at, (ok, _, text) in enumerate(given)]
    weights = [weight for _, weight, _ in given]
    group = ensemble(members, weights=weights, strategy="weighted", min_responses=1)
    answering = [(text, weight) for ok, weight, text in given if ok]
    if not answering:
        with pytest.raises(NotEnoughAnswers) as caught:
            await group.run("?")
        candidates = caught.value.candidates
    else:
        verdict = await group.run("?")
        candidates = verdict.candidates
        totals: dict[str, float] = {}
        for text, weight in answering:
            totals[text] = totals.get(text, 0.0) + weight
        best = max(totals.values())
        assert totals[verdict.text] == pytest.approx(best)
        if len(answering) > 1:
            assert verdict.consensus == pytest.approx(best / sum(totals.values()))
        else:
            assert verdict.consensus == float(len(given) == 1), "one answer of several members agrees with nobody"
    for at, ((ok, weight, text), candidate) in enumerate(zip(given, candidates, strict=True)):
        assert candidate.member.weight == weight
        assert candidate.member.model == members[at].model
        assert (candidate.status is Status.SUCCESS) is ok
        assert (candidate.answer.text if candidate.answer else candidate.error.message) == (text if ok else f"member {at}")


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(4)))
async def test_the_verdict_does_not_depend_on_who_answers_first(order: list[int]) -> None:
    texts = ["alpha", "beta", "beta!", "gamma"]
    members = [FakeProvider(text, delay=0.001 * order[at], model=f"m{at}") for at, text in enumerate(texts)]
    for strategy in ("best_of_n", "voting", "weighted"):
        verdict = await ensemble(members, strategy=strategy).run("?")
        assert [candidate.member.model for candidate in verdict.candidates] == ["m0", "m1", "m2", "m3"]
        assert verdict.text == {"best_of_n": "beta", "voting": "beta", "weighted": "beta"}[strategy]


async def test_two_members_with_the_same_model_have_ids_of_their_own() -> None:
    group = ensemble([FakeProvider(model="m"), FakeProvider(model="m"), FakeProvider(model="m")])
    assert [member.id for member in group.members] == ["fake/m", "fake/m#2", "fake/m#3"]


# -- nesting -------------------------------------------------------------------------------------------------------------


async def test_ensembles_nest() -> None:
    inner = ensemble([FakeProvider("b", usage=Usage(5, 5)), FakeProvider("b", usage=Usage(5, 5)), FakeProvider("a")], strategy="voting")
    result = await ensemble([inner, FakeProvider("a"), FakeProvider("b")], strategy="voting").generate_with_metadata("?")
    assert result["response"] == "b"
    assert result["individual_responses"][0]["id"].startswith("ensemble/")


async def test_an_inner_ensembles_cost_is_carried_outwards() -> None:
    priced = FakeProvider(vendor="openai", model="gpt-4o", usage=Usage(1000, 100))
    inner = ensemble([priced])
    outer = ensemble([inner])
    assert (await outer.run("?")).cost_usd == pytest.approx((await inner.run("?")).cost_usd)
    assert outer.estimate_cost("hello").cost_usd == inner.estimate_cost("hello").cost_usd


async def test_an_inner_ensemble_that_fails_is_one_member_that_failed() -> None:
    inner = ensemble([failing(AuthenticationFailed("no key"))])
    result = await ensemble([inner, FakeProvider("ok")]).generate_with_metadata("?")
    assert result["response"] == "ok"
    assert result["failures"][0]["class"] == "NotEnoughAnswers"
    assert "no key" in result["failures"][0]["message"]


async def test_what_an_inner_ensembles_members_gave_is_in_the_metadata_and_paid_for_also_when_it_fails() -> None:
    priced = [FakeProvider(text, vendor="openai", model="gpt-4o", usage=Usage(1000, 100)) for text in "ab"]
    inner = ensemble(priced, strategy="unanimous")
    result = await ensemble([inner, FakeProvider("c", vendor="architect", usage=Usage(1, 1))], min_responses=1).generate_with_metadata("?")
    line = result["individual_responses"][0]
    assert line["error"]["class"] == "ConsensusNotReached"
    assert [entry["response"] for entry in line["inner"]] == ["a", "b"]
    assert line["cost_usd"] == pytest.approx(2 * line["inner"][0]["cost_usd"])
    assert result["cost_usd"] == line["cost_usd"]


async def test_cancelling_the_outer_run_cancels_the_inner_calls() -> None:
    deep = FakeProvider(hang=True)
    task = asyncio.create_task(ensemble([ensemble([ensemble([deep])])]).generate("?"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deep.cancelled == 1
    await nothing_runs()


async def test_an_inner_ensemble_saves_its_answers_before_the_outer_deadline() -> None:
    inner = ensemble([FakeProvider("ok"), FakeProvider(hang=True)], min_responses=1)
    assert await ensemble([inner], timeout=1.0).generate("?") == "ok"


# -- closing -------------------------------------------------------------------------------------------------------------


async def test_closing_leaves_the_providers_of_others_alone() -> None:
    member = FakeProvider()
    async with ensemble([member]) as group:
        await group.generate("?")
    await group.aclose()
    assert member.closed == 0


async def test_cancelling_a_run_cancels_its_calls() -> None:
    members = [FakeProvider(hang=True), FakeProvider(pieces=["x"] * 500, gap=0.01)]
    task = asyncio.create_task(ensemble(members).generate("?"))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 2
    assert [member.cancelled for member in members] == [1, 1]
    await nothing_runs()
