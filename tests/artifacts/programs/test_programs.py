"""Answers that are functions: judged by the examples their task states, compared by what they do, run shut in."""

from __future__ import annotations

import pytest

from artifacts.judge import assess_answer
from artifacts.programs.probes import probes
from artifacts.programs.task import examples, program_of, read_task
from artifacts.records import CheckStatus, Expectations

PROMPT = (
    "from typing import List\n\n\ndef add_up(numbers: List[int], more: int) -> int:\n"
    '    """ Add.\n    >>> add_up([1, 2, 3], 1)\n    7\n    """\n'
)
RIGHT = "```python\ndef add_up(numbers, more):\n    return sum(numbers) + more\n```"


async def judged(answer, prompt=PROMPT):
    return await assess_answer(answer, Expectations(program=read_task(prompt)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (">>> double(2)\n4", [("double(2)", "4")]),
        ("double(2) == 4", [("double(2)", "4")]),
        ("For double((1, 2)) the result: double((1, 2)) ➞ (2, 4).", [("double((1, 2))", "(2, 4)")]),
        ("double(5) -> 10 - 2 + 2 = 10", [("double(5)", "10")]),
        ("double(n) == 4", []),
        ("double('a)') should return 'b'", []),
        ("double(2) returns something", []),
        (">>> double(2)\nTraceback", []),
    ],
)
def test_examples_come_from_the_text_alone_and_only_where_they_are_plain(text, found):
    assert examples(text, "double") == found


def test_a_prompt_without_a_function_is_no_program_task():
    assert read_task("Write a Dockerfile for this repository.") is None


def test_an_answer_may_be_a_block_or_finish_what_the_prompt_began():
    task = read_task(PROMPT)
    assert "from typing" in program_of(RIGHT, task)
    assert program_of("    return 7", task).startswith(PROMPT.splitlines()[0])


def test_probes_vary_the_stated_inputs_one_at_a_time_and_are_always_the_same():
    task = read_task(PROMPT)
    assert probes(task) == probes(task)
    assert probes(task)[0] == "add_up([1, 2, 3], 1)"
    assert "add_up([3, 2, 1], 1)" in probes(task)
    assert "add_up([1, 2, 3], 2)" in probes(task)


def test_without_examples_probes_follow_the_annotations():
    task = read_task('def shout(text: str) -> str:\n    """Shout."""\n')
    assert "shout('abc')" in probes(task)
    assert not any("[" in probe for probe in probes(task))


@pytest.mark.parametrize(
    ("answer", "score", "said"),
    [
        (RIGHT, 1.0, ""),
        ("    return sum(numbers) + more\n", 1.0, ""),
        ("def add_up(numbers, more):\n    return more\n", 0.0, "1 of 1 stated examples fail."),
        ("def add_up(numbers, more:\n", 0.0, "It does not parse."),
        ("def other():\n    return 1\n\ndef add_up_all(): return 2", 0.0, "It does not define add_up."),
    ],
    ids=["right", "finishes the stub", "wrong", "unreadable", "another function"],
)
async def test_an_answer_is_as_good_as_the_examples_it_passes(answer, score, said):
    assessment = await judged(answer)
    assert (assessment.score, " ".join(assessment.problems)) == (score, said)
    assert assessment.clean is (not said)


@pytest.mark.parametrize(
    "body",
    ["open('/etc/passwd').read()", "__import__('os').system('true')", "__import__('socket').socket()", "open('left.txt', 'w')"],
)
async def test_a_program_reads_writes_starts_and_calls_nothing(body):
    assessment = await judged(f"def add_up(numbers, more):\n    {body}\n    return 7\n")
    assert assessment.score == 0.0
    assert assessment.behaviour[0][1] == "raises PermissionError"


async def test_an_endless_function_is_given_up():
    assessment = await judged("def add_up(numbers, more):\n    while True: pass\n")
    assert assessment.behaviour[0][1] == "too slow"


async def test_a_task_without_examples_says_that_nothing_was_checked_but_shows_what_the_answer_does():
    assessment = await judged("def twice(n):\n    return 2 * n\n", 'def twice(n: int) -> int:\n    """Double it."""\n')
    assert assessment.checks[0].status is CheckStatus.NOT_CHECKED
    assert ("twice(3)", "6") in assessment.behaviour


async def test_a_program_that_needs_a_package_is_not_checked_and_loses_to_one_that_was():
    assessment = await judged("import a_package_nobody_has\ndef add_up(numbers, more):\n    return 7\n")
    assert (assessment.checks[0].status, assessment.clean, assessment.score) == (CheckStatus.NOT_CHECKED, True, 0.5)
