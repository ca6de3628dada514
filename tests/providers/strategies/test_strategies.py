"""The rules of SPEC §5, strategy by strategy."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifacts.records import Decision
from providers.base import Answer
from providers.errors import ConfigurationError, ConsensusNotReached, EnsembleError
from providers.records import Candidate, Status
from providers.reputation import Standing
from providers.strategies import find
from providers.strategy import Ballot, Choice
from tests.support.ensembles import ballot, ballot_of, member
from tests.support.providers import assessment


async def chosen(name: str, votes: Ballot) -> Choice:
    return await find(name).combine(votes)


def winner(choice: Choice) -> str:
    assert choice.winner is not None
    return choice.winner.member.id


def judged(at: int, *, weight: float = 1.0, confidence: float | None = None, **what: object) -> Candidate:
    """Return a candidate who answered with a Dockerfile."""
    view = assessment(**what)  # type: ignore[arg-type]
    return Candidate(
        member=member(at, weight),
        status=Status.SUCCESS,
        answer=Answer(text=f"file {at}", model="m"),
        assessment=view,
        score=view.score,
        confidence=confidence,
    )


# -- voting --------------------------------------------------------------------------------------------------------------


async def test_voting_takes_the_largest_cluster() -> None:
    choice = await chosen("voting", ballot("Paris", "Lyon", " paris "))
    assert choice.text.strip().lower() == "paris"
    assert choice.consensus == pytest.approx(2 / 3)
    assert "2 of 3 members" in choice.reasons[0]
    assert [(vote.value, vote.members, vote.chosen) for vote in choice.votes] == [("paris", ("a", "c"), True), ("lyon", ("b",), False)]


async def test_voting_returns_the_wording_closest_to_the_others() -> None:
    """The medoid: of four ways to say 4 the one most like the rest."""
    votes = ballot("4", "The answer is 4", "The answer is: 4", "so the answer is 4", normalization="numeric")
    assert winner(await chosen("voting", votes)) == "b"


async def test_voting_ties_go_to_score_then_weight_then_order() -> None:
    assert winner(await chosen("voting", ballot("x", "y"))) == "a"
    assert winner(await chosen("voting", ballot("x", "y", weights=[1, 2]))) == "b"
    tied = ballot_of([judged(0, port="1", score=0.4), judged(1, port="2", score=0.8), judged(2, port="3", score=0.8, weight=5)])
    assert winner(await chosen("voting", tied)) == "b"
    weighed = ballot_of([judged(0, port="2", score=0.8), judged(1, port="3", score=0.8, weight=5)], weights_given=True)
    choice = await chosen("voting", weighed)
    assert winner(choice) == "b"
    assert "weight settled it" in choice.reasons[0]


async def test_an_answer_without_a_side_cannot_win_against_one_that_takes_it() -> None:
    votes = ballot("it depends", "hard to say", "yes", normalization="boolean")
    choice = await chosen("voting", votes)
    assert winner(choice) == "c"
    assert choice.consensus == pytest.approx(1 / 3)


async def test_artifacts_are_counted_decision_by_decision() -> None:
    votes = ballot_of([judged(0), judged(1), judged(2, port="5000")])
    choice = await chosen("voting", votes)
    ports = {vote.value: (vote.members, vote.chosen, vote.blocking) for vote in choice.votes if vote.key == "Dockerfile#port"}
    assert ports == {"8000": (("a", "b"), True, True), "5000": (("c",), False, True)}
    assert "2 of 3 members chose port 8000" in choice.reasons
    assert "All 3 members chose base image python:3.12-slim" in choice.reasons


async def test_what_breaks_nothing_leaves_room_for_what_all_agree_on() -> None:
    def rich(at: int) -> Candidate:
        view = assessment()
        minor = tuple(Decision("compose.yaml", f"web.label{number}", f"{at}", 1) for number in range(9))
        nothing = Decision("compose.yaml", "web.volumes", "none", 1)
        ports = Decision("compose.yaml", "web.ports", "8000:8000", 1)
        return replace(judged(at), assessment=replace(view, decisions=(*view.decisions, *minor, nothing, ports)))

    reasons = (await chosen("voting", ballot_of([rich(0), rich(1)]))).reasons[1:]
    assert len(reasons) == 6
    assert sum("label" in reason for reason in reasons) == 3
    assert "All 2 members chose port 8000 in Dockerfile" in reasons
    assert "All 2 members chose ports 8000:8000 for web in compose.yaml" in reasons
    assert not any("none" in reason for reason in reasons)


# -- weighted ------------------------------------------------------------------------------------------------------------


async def test_weighted_follows_the_weights_against_the_majority() -> None:
    choice = await chosen("weighted", ballot("a", "b", "b", weights=[5, 1, 1]))
    assert choice.text == "a"
    assert choice.consensus == pytest.approx(5 / 7)
    assert choice.votes[0].weight == pytest.approx(5 / 7)


async def test_weighted_uses_confidences_where_no_weights_were_given() -> None:
    votes = ballot("a", "b", "b")
    sure = {"a": 0.9, "b": 0.1, "c": 0.1}
    votes = replace(votes, candidates=tuple(replace(entry, confidence=sure[entry.member.id]) for entry in votes.candidates))
    assert (await chosen("weighted", votes)).text == "a"


async def test_weights_of_nothing_count_equally_and_say_so() -> None:
    choice = await chosen("weighted", ballot("a", "b", "b", weights=[0, 0, 0]))
    assert choice.text == "b"
    assert choice.warnings


# -- consensus -----------------------------------------------------------------------------------------------------------


async def test_consensus_returns_what_all_agree_on() -> None:
    choice = await chosen("consensus", ballot("Paris", "paris", "PARIS"))
    assert choice.text.lower() == "paris"
    assert choice.consensus == 1.0


async def test_consensus_never_returns_something_else() -> None:
    with pytest.raises(ConsensusNotReached) as caught:
        await chosen("consensus", ballot("Paris", "paris", "Lyon"))
    assert caught.value.consensus == pytest.approx(2 / 3)
    assert caught.value.disagreement == (("answer", {"paris": ("a", "b"), "lyon": ("c",)}),)


async def test_consensus_threshold_can_be_lowered() -> None:
    assert (await chosen("consensus", ballot("x", "x", "y", threshold=0.6))).text == "x"


async def test_one_blocking_decision_is_enough_to_disagree() -> None:
    """However much agrees otherwise: a wrong port breaks the service."""
    with pytest.raises(ConsensusNotReached, match="port") as caught:
        await chosen("consensus", ballot_of([judged(0), judged(1, port="5000")], threshold=0.1))
    assert caught.value.disagreement[0] == ("Dockerfile#port", {"8000": ("a",), "5000": ("b",)})


async def test_consensus_of_one_is_none_where_several_were_asked() -> None:
    with pytest.raises(ConsensusNotReached, match="nobody to agree with"):
        await chosen("consensus", ballot_of([judged(0), judged(1, clean=False)]))
    assert (await chosen("consensus", ballot("alone"))).text == "alone"


# -- best of n -----------------------------------------------------------------------------------------------------------


async def test_best_of_n_takes_the_highest_evidence_score() -> None:
    choice = await chosen("best_of_n", ballot_of([judged(0, score=0.7), judged(1, score=0.9, port="9"), judged(2, score=0.8)]))
    assert winner(choice) == "b"
    assert "0.90" in choice.reasons[0]


async def test_best_of_n_settles_equal_evidence_by_given_weights_before_likeness() -> None:
    equal = [judged(0, port="1", score=0.8), judged(1, port="1", score=0.8), judged(2, port="2", score=0.8, weight=5)]
    assert winner(await chosen("best_of_n", ballot_of(equal))) == "a"
    choice = await chosen("best_of_n", ballot_of(equal, weights_given=True))
    assert winner(choice) == "c"
    assert "c weighs most" in choice.reasons[0]


async def test_validators_come_first_whatever_the_strategy() -> None:
    """A candidate with an error has no vote and cannot win while another is clean."""
    candidates = [judged(0, score=0.99, clean=False), judged(1, score=0.98, clean=False), judged(2, score=0.3, port="7")]
    for name in ("best_of_n", "voting", "weighted"):
        choice = await chosen(name, ballot_of(candidates))
        assert winner(choice) == "c", name
        assert all(vote.members == ("c",) for vote in choice.votes)


async def test_when_nobody_is_clean_everybody_votes() -> None:
    assert winner(await chosen("best_of_n", ballot_of([judged(0, score=0.2, clean=False), judged(1, score=0.4, clean=False)]))) == "b"


async def test_length_is_no_criterion_for_text() -> None:
    long = "port 9999 " * 200
    choice = await chosen("best_of_n", ballot(long, "port 8000", "port 8000"))
    assert choice.text == "port 8000"


@given(st.permutations(range(4)), st.lists(st.floats(0, 1), min_size=4, max_size=4, unique_by=lambda value: round(value, 3)))
async def test_best_of_n_does_not_depend_on_the_order_of_members(order: list[int], scores: list[float]) -> None:
    candidates = [judged(place, score=scores[which], port=str(which)) for place, which in enumerate(order)]
    choice = await chosen("best_of_n", ballot_of(candidates))
    assert choice.winner is not None
    assert choice.winner.score == max(scores)


@given(st.permutations(["x", "x", "x", "y", "y", "z"]))
async def test_voting_does_not_depend_on_the_order_where_there_is_no_tie(texts: list[str]) -> None:
    for name in ("voting", "weighted", "best_of_n"):
        assert (await chosen(name, ballot(*texts))).text == "x", name


async def test_best_of_n_prefers_of_equal_answers_the_member_nobody_outdid() -> None:
    equal = [judged(0, score=0.8), judged(1, score=0.8), judged(2, port="9", score=0.8)]
    assert winner(await chosen("best_of_n", ballot_of(equal))) == "a"
    known = Standing(ahead={("c", "a"): 6, ("c", "b"): 5, ("b", "c"): 1})
    choice = await chosen("best_of_n", ballot_of(equal, standing=known))
    assert winner(choice) == "c"
    assert choice.reasons[0].endswith("in earlier runs a and b passed less often than others of them.")


async def test_a_record_overrules_no_evidence_and_records_that_chance_explains_overrule_no_agreement() -> None:
    known = Standing(ahead={("c", "a"): 6, ("c", "b"): 6})
    ahead = [judged(0, score=0.81), judged(1, score=0.8), judged(2, port="9", score=0.8)]
    assert winner(await chosen("best_of_n", ballot_of(ahead, standing=known))) == "a"
    equal = [judged(0, score=0.8), judged(1, score=0.8), judged(2, port="9", score=0.8)]
    close = Standing(ahead={("c", "a"): 3, ("a", "c"): 2, ("c", "b"): 1})
    assert winner(await chosen("best_of_n", ballot_of(equal, standing=close, weights_given=True))) == "a"


# -- a function ----------------------------------------------------------------------------------------------------------


async def test_a_function_decides() -> None:
    def last(candidates: tuple[Candidate, ...], options: dict[str, object]) -> dict[str, object]:
        assert set(options) >= {"weights", "threshold", "normalization"}
        return {"answer": candidates[-1].answer.text, "consensus": 0.5, "votes": {"b": 1, "a": 1}}  # type: ignore[union-attr]

    choice = await find(last).combine(ballot("a", "b"))
    assert (choice.text, winner(choice), choice.consensus) == ("b", "b", 0.5)
    assert [(vote.value, vote.chosen) for vote in choice.votes] == [("b", True), ("a", False)]


async def test_a_coroutine_function_may_compose() -> None:
    async def both(candidates: tuple[Candidate, ...], options: object) -> dict[str, object]:
        return {"answer": " and ".join(entry.answer.text for entry in candidates if entry.answer)}

    choice = await find(both).combine(ballot("a", "b"))
    assert (choice.text, choice.winner) == ("a and b", None)


@pytest.mark.parametrize("result", [None, {}, {"answer": 3}, {"answer": "a", "consensus": 2}, {"answer": "a", "votes": 3}])
async def test_a_wrong_result_says_what_was_expected(result: object) -> None:
    with pytest.raises(ConfigurationError, match="strategy function"):
        await find(lambda candidates, options: result).combine(ballot("a", "b"))


async def test_a_function_that_fails_is_named() -> None:
    with pytest.raises(EnsembleError, match="ZeroDivisionError"):
        await find(lambda candidates, options: 1 / 0).combine(ballot("a"))
