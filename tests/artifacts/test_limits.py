"""An answer is judged in bounded time however many files it has, and what is left out never passes for right."""

from __future__ import annotations

from artifacts.judge import assess_artifacts
from artifacts.judging.limits import MAX_JUDGED, RULE, beyond, judged
from artifacts.records import Artifact, Kind, Severity
from artifacts.validating import MAX_INPUT


def ignored(path: str, size: int) -> Artifact:
    return Artifact(path, "a" * size, Kind.DOCKERIGNORE)


def test_a_single_file_that_may_be_read_is_always_judged() -> None:
    assert MAX_JUDGED >= MAX_INPUT
    largest = (ignored("a", MAX_INPUT),)
    assert judged(largest) == largest
    assert beyond(largest) == ()


def test_small_files_are_judged_first_and_keep_their_order() -> None:
    files = (ignored("big", 90), ignored("b", 10), ignored("a", 20))
    assert [item.path for item in judged(files, 50)] == ["b", "a"]
    assert [(item.path, item.severity, item.rule) for item in beyond(files, 50)] == [("big", Severity.ERROR, RULE)]
    assert judged(files, 120) == files


def test_files_of_the_same_content_are_counted_each() -> None:
    files = tuple(ignored(str(number), 30) for number in range(4))
    assert [item.path for item in judged(files, 70)] == ["0", "1"]
    assert [item.path for item in beyond(files, 70)] == ["2", "3"]


async def test_an_answer_beyond_the_limit_is_not_clean_and_keeps_all_its_files() -> None:
    files = [ignored(f".dockerignore{number}", 100_000) for number in range(4)]
    assessment = await assess_artifacts(files, None)
    assert assessment.artifacts == tuple(files)
    assert not assessment.clean
    assert sum(finding.rule == RULE for finding in assessment.findings) == 2
