"""The log as a graph: lanes meet where histories do."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ui.widgets.deliver.graph import drawing, rows
from workspace.repository.records import Commit


def commit(identity: str, *parents: str, names: tuple[str, ...] = ()) -> Commit:
    return Commit(identity, parents, "Ann", 0.0, f"<b>{identity}</b>", names)


def test_a_straight_history_stays_on_one_lane():
    assert [(row.lane, row.lines) for row in rows([commit("c", "b"), commit("b", "a"), commit("a")])] == [
        (0, ((0, 0),)),
        (0, ((0, 0),)),
        (0, ()),
    ]


def test_a_merge_opens_a_lane_and_the_fork_closes_it():
    laid = rows([commit("m", "x", "y"), commit("x", "a"), commit("y", "a"), commit("a")])
    assert [row.lane for row in laid] == [0, 0, 1, 0]
    assert laid[0].lines == ((0, 0), (0, 1))
    assert (1, 0) in laid[2].lines
    assert laid[3].lines == ()


def test_text_from_a_repository_is_never_markup():
    made = drawing([commit("a", names=("refs/heads/<script>",))], "a")
    assert "<b>" not in made
    assert "<script>" not in made


@given(st.lists(st.lists(st.integers(1, 5), max_size=3), max_size=25))
def test_every_line_leads_to_a_lane_that_is_there(parents):
    commits = [commit(str(place), *dict.fromkeys(str(place + step) for step in steps)) for place, steps in enumerate(parents)]
    laid = rows(commits)
    for here, following in pairwise(laid):
        leading = {end for _, end in here.lines}
        assert following.lane in leading or not any(following.commit.id in row.commit.parents for row in laid)
