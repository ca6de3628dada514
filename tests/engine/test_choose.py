"""What a user may change about a verdict: take another candidate or one decision, and how far members agree."""

from __future__ import annotations

import pytest

from artifacts import compare
from artifacts.errors import UnreadableArtifact
from artifacts.records import Decision, Expectation, Expectations
from engine import choose
from engine.choose import CannotTake
from providers.records import Verdict
from tests.support.verdicts import ALPINE, SLIM, failed, verdict
from tests.support.verdicts import answered as candidate
from tests.support.verdicts import file as dockerfile


@pytest.fixture
def two() -> Verdict:
    return verdict(candidate(0, dockerfile(SLIM)), candidate(1, dockerfile(ALPINE), score=0.5))


def row(of: Verdict, name: str) -> choose.DecisionRow:
    return next(row for row in choose.decision_rows(of) if row.name == name)


def test_candidates_are_ranked_the_verdict_first_the_unclean_and_the_silent_last():
    order = verdict(failed(0), candidate(1, score=0.9, errors=1), candidate(2, score=0.2), candidate(3, score=0.7), winner=2)
    assert [entry.member.index for entry in choose.ranked(order)] == [2, 3, 1, 0]


def test_a_row_says_what_each_member_decided_and_whether_they_agree(two):
    port = row(two, "port")
    assert (port.values, port.chosen, port.agreed) == ({"fake/m0": "8000", "fake/m1": "5000"}, "8000", False)
    assert row(two, "workdir").agreed


def test_a_member_that_leaves_a_question_open_does_not_agree_on_it():
    three = verdict(candidate(0, dockerfile(SLIM), dockerfile(SLIM, "worker/Dockerfile")), candidate(1, dockerfile(SLIM)))
    rows = {found.key: found.agreed for found in choose.decision_rows(three)}
    assert rows["Dockerfile#port"]
    assert not rows["worker/Dockerfile#port"]


def test_agreement_is_counted_over_the_same_rows(two):
    rows = choose.decision_rows(two)
    assert choose.agreement(two) == (sum(found.agreed for found in rows), len(rows))
    assert 0 < choose.agreement(two)[0] < len(rows)


@pytest.mark.parametrize("others", [(), (failed(1),), (candidate(1),)])
def test_one_member_alone_does_not_agree_with_anybody(others):
    assert choose.agreement(verdict(candidate(0, dockerfile(SLIM)), *others)) is None


def test_another_candidate_is_taken_whole_and_what_spoke_of_the_first_is_dropped(two):
    taken = choose.take_candidate(two, "fake/m1")
    assert (taken.winner, taken.artifacts, taken.text) == ("fake/m1", (dockerfile(ALPINE),), ALPINE)
    assert taken.assessment is two.candidates[1].assessment
    assert (taken.reasons, taken.warnings) == (("You took the answer of Fake 1.",), ())
    assert taken.candidates == two.candidates


@pytest.mark.parametrize("other", [failed(1), candidate(1)])
def test_a_candidate_without_files_cannot_be_taken(other):
    with pytest.raises(CannotTake, match="gave no file"):
        choose.take_candidate(verdict(candidate(0, dockerfile(SLIM)), other), "fake/m1")


def test_a_member_that_does_not_exist_cannot_be_taken(two):
    with pytest.raises(CannotTake, match="no member fake/m9"):
        choose.take_candidate(two, "fake/m9")


async def test_one_decision_is_taken_and_the_file_is_judged_again(two):
    expected = Expectations(files=("Dockerfile",), facts=(Expectation("port", ("8000",), "wsgi.py:3", "Dockerfile"),))
    taken = await choose.take_decision(two, "fake/m1", "Dockerfile#port", expected)
    assert "EXPOSE 5000" in taken.artifacts[0].content
    assert "python:3.12-slim" in taken.artifacts[0].content
    assert taken.winner is None
    assert not taken.assessment.clean  # the evidence says 8000
    assert taken.reasons == ("You took port 5000 in Dockerfile from Fake 1.",)
    assert row(taken, "port").chosen == "5000"
    assert "---FILE: Dockerfile---" in taken.text


async def test_decisions_add_up_and_a_whole_candidate_ends_that(two):
    once = await choose.take_decision(two, "fake/m1", "Dockerfile#port", None)
    twice = await choose.take_decision(once, "fake/m1", "Dockerfile#base_image", None)
    assert twice.artifacts[0].content.startswith("FROM python:3.12-alpine")
    assert [reason.split(" in ")[0] for reason in twice.reasons] == ["You took base image python:3.12-alpine", "You took port 5000"]
    assert choose.take_candidate(twice, "fake/m0").reasons == ("You took the answer of Fake 0.",)


async def test_to_have_none_of_something_can_be_taken_too(two):
    health = 'HEALTHCHECK CMD curl -f http://127.0.0.1:8000/\nCMD ["gunicorn", "wsgi:app"]\n'
    with_health = verdict(candidate(0, dockerfile(SLIM.replace('CMD ["gunicorn", "wsgi:app"]\n', health))), candidate(1, dockerfile(SLIM)))
    taken = await choose.take_decision(with_health, "fake/m1", "Dockerfile#health_check", None)
    assert "HEALTHCHECK" not in taken.artifacts[0].content


@pytest.mark.parametrize(
    ("of", "key", "why"),
    [
        (verdict(candidate(0, dockerfile(SLIM)), candidate(1, dockerfile(SLIM))), "Dockerfile#port", "has port 8000 already"),
        (verdict(candidate(0, dockerfile(SLIM)), candidate(1, dockerfile(SLIM, "other"))), "other#port", "no file other"),
        (verdict(candidate(0, dockerfile(SLIM)), candidate(1, dockerfile(SLIM, "other"))), "Dockerfile#port", "gave no file Dockerfile"),
        (verdict(candidate(0, dockerfile(SLIM)), candidate(1, dockerfile("FROM\nBROKEN\n"))), "Dockerfile#port", "cannot be read"),
        (verdict(candidate(0, dockerfile(SLIM)), candidate(1, dockerfile(SLIM)), winner=None), "Dockerfile#port", "no verdict yet"),
    ],
)
async def test_a_decision_that_cannot_be_taken_says_why(of, key, why):
    with pytest.raises(CannotTake, match=why):
        await choose.take_decision(of, "fake/m1", key, None)


async def test_a_fault_in_the_files_is_said_too(two, monkeypatch):
    def breaks(*_):
        raise UnreadableArtifact("the key 'x' is given twice", 3)

    monkeypatch.setattr(compare, "take_decision", breaks)
    with pytest.raises(CannotTake, match="Taking port alone would break Dockerfile: the key 'x' is given twice"):
        await choose.take_decision(two, "fake/m1", "Dockerfile#port", None)


async def test_a_composed_verdict_can_be_looked_at_like_a_candidate(two):
    assert choose.composed(two) is None
    taken = await choose.take_decision(two, "fake/m1", "Dockerfile#port", None)
    made = choose.composed(taken)
    assert made is not None
    assert (made.member.id, made.artifacts, made.score) == (choose.COMPOSED, taken.artifacts, taken.assessment.score)
    assert choose.COMPOSED not in {entry.member.id for entry in taken.candidates}


async def test_a_run_without_a_verdict_can_be_looked_at_and_one_answer_taken(two):
    ended = choose.undecided("r2", (*two.candidates, failed(2)), "consensus", "parallel", "They disagree.", 900.0)
    assert (ended.winner, ended.artifacts, ended.warnings) == (None, (), ("They disagree.",))
    assert choose.composed(ended) is None
    assert row(ended, "port").chosen == ""
    taken = choose.take_candidate(ended, "fake/m1")
    assert (taken.winner, taken.warnings, taken.run_id) == ("fake/m1", (), "r2")


def test_only_the_architects_unchanged_files_have_a_reason_for_each_line(two):
    assert choose.line_reasons(None, two.artifacts, "fake/m0") == ()
    assert choose.line_reasons(None, two.artifacts, "architect/other") == ()


def test_a_decision_knows_its_question():
    assert Decision("a#b/Dockerfile", "port", "1").key.rpartition("#")[0] == "a#b/Dockerfile"
