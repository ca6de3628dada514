"""Ranked choice: answers are ballots, and a compromise may win over the largest group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.strategies import find
from providers.strategies.ranked import borda
from tests.support.ensembles import ballot


async def test_what_everybody_ranks_second_wins_over_what_a_minority_gave() -> None:
    votes = ballot("abcdefgh", "abcdefgh", "abcdWXYZ", "qqqdWXYZ", "kkkkWXYZ")
    choice = await find("ranked").combine(votes)
    assert choice.winner is not None
    assert choice.winner.member.id == "c"
    assert (await find("voting").combine(votes)).winner.member.id == "a"
    assert "c has 2.70 of 4 points over 5 ballots" in choice.reasons[0]


async def test_equal_answers_share_their_points_and_ties_go_by_member_order() -> None:
    votes = ballot("Paris", " paris", "Lyon")
    points = borda(votes)
    assert points["a"] == points["b"] > points["c"]
    choice = await find("borda").combine(votes)
    assert choice.winner.member.id == "a"
    assert choice.consensus == pytest.approx(2 / 3)


async def test_given_weights_weigh_the_ballots() -> None:
    assert (await find("ranked").combine(ballot("x", "yy", weights=[1, 3]))).winner.member.id == "b"


async def test_an_answer_without_a_side_cannot_win_against_one_that_takes_it() -> None:
    assert (await find("ranked").combine(ballot("it depends", "hard to say", "yes", normalization="boolean"))).winner.member.id == "c"


async def test_a_lone_answer_is_taken_and_said_to_be_the_only_one() -> None:
    assert "only answer" in (await find("ranked").combine(ballot("x"))).reasons[0]


@given(st.lists(st.text("abc", max_size=4), min_size=1, max_size=6))
def test_the_points_of_all_add_up_to_half_a_point_for_each_pair_and_ballot(texts: list[str]) -> None:
    points = borda(ballot(*texts))
    assert sum(points.values()) == pytest.approx(len(texts) * (len(texts) - 1) / 2)
