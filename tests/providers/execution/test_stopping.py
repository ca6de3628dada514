"""Cascade, quorum, early stop: when nobody else is asked or waited for."""

import math

import pytest

from providers import events
from providers.errors import BadAnswer, ConsensusNotReached
from providers.records import Status
from tests.support.ensembles import ensemble, nothing_runs
from tests.support.providers import FakeProvider, assessment, failing, judge_by

SURE, UNSURE = math.log(0.95), math.log(0.5)


def by_priority(*members: FakeProvider) -> list[dict[str, object]]:
    return [{"provider": member, "priority": len(members) - at} for at, member in enumerate(members)]


# -- cascade -------------------------------------------------------------------------------------------------------------


async def test_cascade_stops_at_a_member_that_is_sure() -> None:
    members = [FakeProvider("a", mean_logprob=UNSURE), FakeProvider("b", mean_logprob=SURE), FakeProvider("c")]
    verdict = await ensemble(members, execution="cascade", strategy="best_confidence").run("?")
    assert [entry.calls for entry in members] == [1, 1, 0]
    assert verdict.text == "b"
    assert "reached 0.95; 0.85 was enough" in str(verdict.candidates[2].error)


async def test_cascade_asks_in_order_of_priority_the_lowest_number_first() -> None:
    members = [FakeProvider("a", mean_logprob=SURE), FakeProvider("b", mean_logprob=SURE)]
    assert await ensemble(by_priority(*members), execution="cascade").generate("?") == "b"


async def test_cascade_judges_files_by_their_score_and_passes_over_what_validators_refuse() -> None:
    table = {
        "```a": assessment(score=0.99, clean=False),
        "```b": assessment(score=0.6),
        "```c": assessment(score=0.9),
        "```d": assessment(),
    }
    members = [FakeProvider(text) for text in table]
    verdict = await ensemble(members, execution="cascade", assess=judge_by(table)).run("?")
    assert [entry.calls for entry in members] == [1, 1, 1, 0]
    assert verdict.text == "```c"


async def test_cascade_says_so_when_no_answer_is_good_enough() -> None:
    members = [FakeProvider("a", mean_logprob=UNSURE), FakeProvider("b", mean_logprob=UNSURE)]
    verdict = await ensemble(members, execution="cascade", confidence_threshold=0.9).run("?")
    assert any("No answer reached 0.90 (the best stands at 0.50)" in warning for warning in verdict.warnings)


async def test_cascade_without_probabilities_goes_by_agreement() -> None:
    members = [FakeProvider("a"), FakeProvider("a"), FakeProvider("b")]
    await ensemble(members, execution="cascade").run("?")
    assert [entry.calls for entry in members] == [1, 1, 0]


async def test_cascade_follows_a_failure_with_the_next_and_tells_it() -> None:
    heard: list[events.Event] = []
    group = ensemble([failing(BadAnswer("broken")), FakeProvider("b", mean_logprob=SURE)], execution="cascade", on_event=heard.append)
    verdict = await group.run("?")
    (replaced,) = [event for event in heard if isinstance(event, events.MemberReplaced)]
    assert (replaced.member, replaced.by, replaced.reason) == (group.members[0].id, group.members[1].id, "broken")
    assert verdict.candidates[0].replaced_by == group.members[1].id


# -- quorum --------------------------------------------------------------------------------------------------------------


async def test_quorum_stops_waiting_when_more_than_half_agree() -> None:
    slow = FakeProvider("b", hang=True)
    verdict = await ensemble([FakeProvider("a"), slow, FakeProvider("a")], execution="quorum", strategy="voting").run("?")
    assert verdict.text == "a"
    assert verdict.candidates[1].status is Status.CANCELLED
    assert slow.cancelled == 1
    await nothing_runs()


async def test_quorum_waits_for_everyone_while_too_few_agree() -> None:
    members = [FakeProvider("a"), FakeProvider("b"), FakeProvider("a", delay=0.03), FakeProvider("c", delay=0.01)]
    verdict = await ensemble(members, execution="quorum", quorum=3, strategy="voting").run("?")
    assert [entry.status for entry in verdict.candidates] == [Status.SUCCESS] * 4
    assert any("No 3 answers agree" in warning for warning in verdict.warnings)


async def test_answers_that_take_no_side_make_no_quorum() -> None:
    members = [FakeProvider("maybe"), FakeProvider("perhaps"), FakeProvider("yes", delay=0.02), FakeProvider("yes", delay=0.03)]
    verdict = await ensemble(members, execution="quorum", quorum=2, normalization="boolean", strategy="voting").run("?")
    assert verdict.text == "yes"


async def test_files_agree_when_they_share_enough_decisions() -> None:
    table = {"```a": assessment(), "```b": assessment(), "```c": assessment(port="1")}
    members = [FakeProvider("```a"), FakeProvider("```c"), FakeProvider("```b"), FakeProvider("```a", hang=True)]
    verdict = await ensemble(members, execution="quorum", quorum=2, assess=judge_by(table)).run("?")
    assert verdict.candidates[3].status is Status.CANCELLED


# -- early stop ----------------------------------------------------------------------------------------------------------


async def test_early_stop_cuts_a_member_in_the_middle_of_its_stream() -> None:
    slow = FakeProvider(pieces=["half ", "of "] * 200, gap=0.01)
    heard: list[events.Event] = []
    group = ensemble(
        [FakeProvider("a", gap=0.03), FakeProvider("a", gap=0.03), slow], early_stop_threshold=0.6, strategy="voting", on_event=heard.append
    )
    verdict = await group.run("?")
    assert verdict.candidates[2].status is Status.CANCELLED
    assert verdict.candidates[2].partial_text.startswith("half of")
    assert slow.cancelled == 1
    failed = [event for event in heard if isinstance(event, events.MemberFailed)]
    assert [event.member for event in failed] == [group.members[2].id]


@pytest.mark.parametrize("execution", ["sequential", "cascade"])
async def test_consensus_is_asked_of_two_at_least(execution: str) -> None:
    members = [FakeProvider("a", mean_logprob=SURE), FakeProvider("b", mean_logprob=SURE), FakeProvider("a", mean_logprob=SURE)]
    with pytest.raises(ConsensusNotReached):
        await ensemble(members, execution=execution, strategy="consensus").run("?")
    assert members[1].calls == 1
