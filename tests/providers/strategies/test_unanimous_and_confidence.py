"""Unanimous, best confidence."""

import math

import pytest

from providers.errors import BadAnswer, ConsensusNotReached
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider, assessment, failing, judge_by


async def test_unanimous_returns_what_all_say() -> None:
    members = [FakeProvider("Yes"), FakeProvider("yes"), failing(BadAnswer("no"))]
    assert (await ensemble(members, strategy="unanimous").run("?")).consensus == 1.0


async def test_one_voice_against_is_enough() -> None:
    with pytest.raises(ConsensusNotReached) as caught:
        await ensemble([FakeProvider("a")] * 9 + [FakeProvider("b")], strategy="unanimous").run("?")
    assert caught.value.consensus == pytest.approx(0.9)
    assert caught.value.disagreement


async def test_a_decision_that_breaks_nothing_counts_too() -> None:
    table = {"```a": assessment(), "```b": assessment(base="python:3.13-slim")}
    members = [FakeProvider(text) for text in table]
    judge = judge_by(table)
    assert await ensemble(members, strategy="consensus", consensus_threshold=0.4, assess=judge).generate("?")
    with pytest.raises(ConsensusNotReached, match=r"base_image: python:3.12-slim .* against python:3.13-slim"):
        await ensemble(members, strategy="unanimous", assess=judge).generate("?")


async def test_the_surest_member_wins_by_its_probabilities() -> None:
    members = [FakeProvider("a", mean_logprob=math.log(0.6)), FakeProvider("b", mean_logprob=math.log(0.9)), FakeProvider("a")]
    verdict = await ensemble(members, strategy="best_confidence").run("?")
    assert verdict.text == "b"
    assert "surest of its answer: 0.90 by its token probabilities" in verdict.reasons[0]
    assert any("a measure of another kind" in warning for warning in verdict.warnings)


async def test_without_probabilities_agreement_is_confidence() -> None:
    verdict = await ensemble([FakeProvider("b"), FakeProvider("a"), FakeProvider("a")], strategy="best_confidence").run("?")
    assert verdict.text == "a"


async def test_the_vendors_are_asked_for_probabilities() -> None:
    member = FakeProvider("a")
    await ensemble([member], strategy="best_confidence").run("?")
    assert member.seen[0][1].logprobs
