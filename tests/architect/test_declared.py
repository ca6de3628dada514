"""A repository that nothing recognises is generated for from its user's words, and from nothing else."""

from __future__ import annotations

import pytest

from architect import render
from architect.expectations import expectations
from architect.profile import Basis, Profile, Role
from architect.request import Request, Style, Target
from architect.stacks.declared import Declaration, declare
from artifacts.judge import assess_artifacts

UNKNOWN = Profile(name="Ledger", files=("MAIN.cbl",), questions=("Nothing was recognised.",))
COBOL = Declaration(image="debian:bookworm-slim", start="./ledger --port 9000", port=9000, build="cobc -x -o ledger MAIN.cbl")


@pytest.mark.parametrize("style", list(Style))
async def test_what_the_user_says_becomes_files_that_pass_the_validators(style: Style) -> None:
    request = Request(profile=declare(UNKNOWN, COBOL), targets=(Target("dockerfile"), Target("compose")))
    rendering = render(request, style)
    assessment = await assess_artifacts(rendering.artifacts, expectations(request))
    assert assessment.clean
    dockerfile = rendering.artifacts[0].content
    assert 'CMD ["./ledger", "--port", "9000"]' in dockerfile
    assert "EXPOSE 9000" in dockerfile
    assert "cobc -x -o ledger MAIN.cbl" in dockerfile


def test_every_stated_fact_says_that_the_user_stated_it() -> None:
    component = declare(UNKNOWN, COBOL).components[0]
    facts = [component.language, component.start, component.port, component.build]
    assert {fact.basis for fact in facts if fact} == {Basis.USER}


def test_without_a_port_it_is_a_worker() -> None:
    component = declare(UNKNOWN, Declaration(image="perl:5.40-slim", start="perl worker.pl")).components[0]
    assert component.role is Role.WORKER
    assert component.port is None


@pytest.mark.parametrize(
    ("declaration", "named"),
    [
        (Declaration(image="perl", start="perl a.pl"), "version tag"),
        (Declaration(image="perl:latest", start="perl a.pl"), "version tag"),
        (Declaration(image="perl:5.40\nRUN evil", start="perl a.pl"), "version tag"),
        (Declaration(image="perl:5.40", start=""), "start command"),
        (Declaration(image="perl:5.40", start="a\nUSER root"), "one line"),
        (Declaration(image="perl:5.40", start="a", port=70_000), "65535"),
        (Declaration(image="perl:5.40", start="a", port=80, health="health"), "plain path"),
        (Declaration(image="perl:5.40", start="a", health="/health"), "needs the port"),
        (Declaration(image="perl:5.40", start="a", build="x\nUSER root"), "one line"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(declaration: Declaration, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        declare(UNKNOWN, declaration)


def test_what_was_understood_is_not_described_over() -> None:
    with pytest.raises(ValueError, match="understood"):
        declare(declare(UNKNOWN, COBOL), COBOL)
