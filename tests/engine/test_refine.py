"""Refinement repairs what validators find, keeps only what improves, and keeps a record of every attempt."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from architect.profiler import profile
from architect.request import Request, Target
from artifacts.judge import assess_artifacts
from artifacts.parse import kind_of
from artifacts.records import Artifact, Expectations
from engine.choose import REPAIRED
from engine.prompts.build import build
from engine.refine import refine, refined_verdict
from engine.refining.holes import holes
from engine.refining.judging import better
from engine.refining.members import MemberRepairer
from engine.refining.records import Lack, Progress
from providers.base import Prompt
from providers.ensemble import EnsembleProvider
from providers.errors import AuthenticationFailed, NotEnoughAnswers
from providers.routing import strengths
from tests.support.folder_tree import FolderTree
from tests.support.providers import FakeProvider, failing
from tests.support.verdicts import answered, verdict

SHOP = Path(__file__).resolve().parents[2] / "examples" / "sample-shop"
POOR = """# the shop's own image
FROM python:latest
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
EXPOSE 5001
CMD ["sh", "-c", "gunicorn --bind 0.0.0.0:5001 wsgi:app"]
"""


class Scripted:
    """A repairer that gives these answers in turn, the last one for ever."""

    id, label = "fake/m0", "Fake"
    strengths = strengths("fake", "m0")

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Prompt] = []

    async def ask(self, prompt: Prompt) -> tuple[str, float | None]:
        self.asked.append(prompt)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer, 0.01

    async def aclose(self) -> None:
        pass


@pytest.fixture(scope="module")
def request_() -> Request:
    return Request(profile=profile(FolderTree(SHOP)), targets=(Target("dockerfile"),))


@pytest.fixture(scope="module")
def expected(request_: Request) -> Expectations:
    found = build(request_).prompt.expectations
    assert found is not None
    return found


def file(content: str, path: str = "Dockerfile") -> Artifact:
    return Artifact(path, content, kind_of(path, content))


def fenced(content: str) -> str:
    return f"---FILE: Dockerfile---\n```\n{content}```\n"


async def test_the_architect_repairs_decision_by_decision_and_leaves_the_rest(request_, expected):
    done = await refine([file(POOR)], request_, expected)
    repaired = next(artifact.content for artifact in done.artifacts if artifact.path == "Dockerfile")
    assert not done.before.clean
    assert done.assessment.clean
    assert done.assessment.score > done.before.score
    assert repaired.startswith("# the shop's own image\n"), "what no remark is about stays as it was"
    assert "EXPOSE 8000" in repaired
    assert "latest" not in repaired
    assert {artifact.path for artifact in done.artifacts} == {"Dockerfile", ".dockerignore"}


async def test_every_attempt_is_kept_with_its_assessment_and_kept_ones_only_improve(request_, expected):
    done = await refine([file(POOR)], request_, expected)
    best = done.before
    for attempt in done.attempts:
        assert attempt.assessment is not None
        assert attempt.accepted == (not better(attempt.assessment, best))
        best = attempt.assessment if attempt.accepted else best
    assert best == done.assessment
    assert done.stopped
    assert 1 <= done.rounds <= 3


async def test_a_clean_answer_is_left_alone(request_, expected):
    first = await refine([file(POOR)], request_, expected)
    again = await refine(first.artifacts, request_, expected)
    assert not any(attempt.accepted and attempt.how.startswith("took the architect's whole") for attempt in again.attempts)
    assert again.assessment.score >= first.assessment.score


async def test_the_member_sees_the_file_the_remarks_with_lines_and_the_facts(request_, expected):
    member = Scripted("I cannot.")
    await refine([file(POOR)], request_, expected, [member], max_iterations=1)
    text = next(prompt.text for prompt in member.asked if "The file `Dockerfile` was" in prompt.text)
    assert "   6 | EXPOSE 5001" in text
    assert "error, line 6 (evidence_port)" in text
    assert "Procfile:1" in text
    assert "---FILE: Dockerfile---" in text


async def test_a_members_repair_is_taken_where_it_is_better_and_paid_for(expected):
    better_file = POOR.replace("latest", "3.12-slim-bookworm").replace("5001", "8000").replace("CMD", "USER 10001\nCMD")
    done = await refine([file(POOR)], None, expected, [Scripted(fenced(better_file))], max_iterations=1)
    kept = [attempt for attempt in done.accepted if attempt.by == "fake/m0"]
    assert [attempt.path for attempt in kept] == ["Dockerfile"]
    assert done.artifacts[0].content == better_file
    assert done.cost_usd == pytest.approx(0.01 * sum(attempt.by == "fake/m0" for attempt in done.attempts))


@pytest.mark.parametrize(
    "answer",
    ["I am sorry, I cannot help.", fenced("FROM\nRUN"), fenced("FROM python:latest\nEXPOSE 5001\n"), fenced("FROM scratch\n") * 2],
)
async def test_an_answer_that_is_no_better_is_noted_and_not_kept(answer, expected):
    before = await assess_artifacts([file(POOR)], expected)
    done = await refine([file(POOR)], None, expected, [Scripted(answer)], assessment=before)
    assert done.assessment.score >= before.score
    noted = [attempt for attempt in done.attempts if attempt.by == "fake/m0"]
    assert noted
    assert all(attempt.why for attempt in noted if not attempt.accepted)
    assert next(artifact.content for artifact in done.artifacts if artifact.path == "Dockerfile").count("\n") >= POOR.count("\n") - 1


async def test_a_member_that_fails_is_an_attempt_and_the_next_one_is_asked(request_, expected):
    first, second = Scripted(NotEnoughAnswers("the key was refused")), Scripted("no")
    done = await refine([file(POOR)], request_, expected, [first, second], max_iterations=1)
    assert second.asked
    assert any("the key was refused" in attempt.why for attempt in done.attempts)
    assert done.assessment.clean


async def test_a_rules_own_fix_needs_neither_a_member_nor_a_request():
    text = 'services:\n  web:\n    image: nginx:1.29  # the proxy\n    privileged: true\n    ports: ["8080:80"]\n'
    done = await refine([file(text, "compose.yaml")], None, None)
    assert "privileged" not in done.artifacts[0].content
    assert "# the proxy" in done.artifacts[0].content
    assert "restart: unless-stopped" in done.artifacts[0].content


async def test_progress_is_told_as_it_happens(request_, expected):
    told: list[Progress] = []
    await refine([file(POOR)], request_, expected, on_event=told.append)
    assert all(step.doing and step.of == 3 for step in told)
    counts = [len(step.attempts) for step in told]
    assert counts == sorted(counts)
    assert counts[-1] > 1


async def test_it_can_be_cancelled(request_, expected):
    class Slow(Scripted):
        async def ask(self, prompt: Prompt) -> tuple[str, float | None]:
            self.asked.append(prompt)
            await asyncio.Event().wait()
            raise AssertionError

    member = Slow("never")
    task = asyncio.create_task(refine([file(POOR)], request_, expected, [member]))
    while not member.asked:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_verdict_says_who_repaired_what(request_, expected):
    done = await refine([file(POOR)], request_, expected)
    before = verdict(answered(0, file(POOR)))
    after = refined_verdict(before, done)
    assert after.artifacts == done.artifacts
    assert after.assessment == done.assessment
    assert after.winner is None
    assert sum(reason.startswith(REPAIRED) for reason in after.reasons) == len(done.accepted)
    assert after.candidates == before.candidates
    nothing = await refine([], None, None)
    assert refined_verdict(before, nothing) is before


async def test_missing_files_and_missing_decisions_are_holes(request_, expected):
    models = {"Dockerfile": (file('FROM python:3.12-slim\nUSER 1000\nEXPOSE 8000\nCMD ["gunicorn", "wsgi:app"]\n'),)}
    found = holes(await assess_artifacts([file('FROM python:3.12-slim\nCMD ["gunicorn", "wsgi:app"]\n')], expected), expected, models)
    assert {hole.path for hole in found if hole.lack is Lack.MISSING_FILE} == {".dockerignore"}
    assert {"port", "user"} <= {hole.rule for hole in found if hole.lack is Lack.MISSING_DECISION}


async def test_a_member_is_asked_alone_through_an_ensemble_with_its_cost_and_its_failure():
    good = MemberRepairer(EnsembleProvider([FakeProvider("hello", model="a")]))
    assert await good.ask(Prompt(text="repair")) == ("hello", None)
    bad = MemberRepairer(EnsembleProvider([failing(AuthenticationFailed("no key"), model="b")]))
    with pytest.raises(NotEnoughAnswers):
        await bad.ask(Prompt(text="repair"))
