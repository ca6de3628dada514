"""A real model behind the OpenAI interface: real tokens, probabilities, disagreement, truncation, a stream that really breaks."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from config import Settings
from providers import EnsembleProvider
from providers.base import CallOptions
from providers.events import MemberDelta
from providers.merging import texts
from providers.records import Status
from tests.support.providers import FakeProvider
from tests.support.smollm import MODEL, Smollm

QUESTION = "Say hello to Ann in one short sentence."
FIRST, SECOND, THIRD = f"openai/{MODEL}", f"openai/{MODEL}#2", f"openai/{MODEL}#3"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def smollm() -> Iterator[Smollm]:
    server = Smollm()
    yield server
    server.kill()


def ensemble(*members: dict[str, object], most: int = 48, required: int = 1) -> EnsembleProvider:
    return EnsembleProvider(
        list(members),
        settings=Settings(_env_file=None),
        options=CallOptions(logprobs=True, max_tokens=most),
        min_responses=required,
        timeout=100,
    )


async def test_three_members_stream_real_tokens_with_real_probabilities(smollm: Smollm) -> None:
    members = [smollm.member(temperature=temperature, seed=3) for temperature in (0.0, 0.0, 1.2)]
    async with ensemble(*members) as asked:
        frames = [frame async for frame in asked.frames(QUESTION)]
    last = frames[-1]
    assert last.verdict is not None
    said = texts(piece for frame in frames for piece in frame.tokens)
    assert {FIRST, SECOND, THIRD} == set(said)
    for candidate in last.verdict.candidates[:2]:  # the hot one may talk past its limit
        assert candidate.answer is not None
        assert said[candidate.member.id].strip() == candidate.answer.text.strip()
        assert candidate.answer.usage.output_tokens is not None
        assert candidate.answer.usage.output_tokens > 3
        assert candidate.answer.mean_logprob is not None
        assert candidate.answer.mean_logprob < 0
        assert candidate.confidence is not None
    pieces = [piece for frame in frames for piece in frame.tokens if piece.text]
    assert all(piece.logprobs for piece in pieces if piece.text.strip())
    assert len({probability for piece in pieces for probability in piece.logprobs}) > 5


async def test_energy_and_diversity_come_from_the_real_probabilities(smollm: Smollm) -> None:
    async with ensemble(smollm.member(temperature=0.0), smollm.member(temperature=0.0)) as asked:
        frames = [frame async for frame in asked.frames(QUESTION)]
    last = frames[-1]
    logprobs = [value for frame in frames for piece in frame.tokens if piece.member == FIRST for value in piece.logprobs]
    mean = sum(math.exp(value) for value in logprobs) / len(logprobs)
    assert last.energies[FIRST] == pytest.approx(mean, abs=0.02)
    assert last.energy == pytest.approx(sum(energy for energy in last.energies.values() if energy) / 2)
    # the same words without chance: they agree, and what remains of the diversity is the model's own doubt
    assert last.reading.agreement == pytest.approx(1.0)
    assert last.reading.resonance == "converging"
    assert last.reading.measured
    assert 0.05 < last.reading.diversity < 1.0


async def test_an_answer_that_is_really_cut_off_is_an_error_and_never_an_answer(smollm: Smollm) -> None:
    async with ensemble(smollm.member(temperature=0.0), smollm.member(temperature=0.0, max_tokens=3)) as asked:
        verdict = await asked.run(QUESTION)
    whole, cut = verdict.candidates
    assert (whole.status, cut.status) == (Status.SUCCESS, Status.ERROR)
    assert cut.error is not None
    assert (cut.error.kind, "token limit" in cut.error.message) == ("BadAnswer", True)


async def test_a_stream_that_really_breaks_is_a_line_and_the_other_member_answers(smollm: Smollm) -> None:
    doomed = Smollm()
    heard: list[str] = []

    def hear(event: object) -> None:
        if isinstance(event, MemberDelta) and event.member == FIRST and event.text:
            heard.append(event.text)
            if len(heard) == 3:
                doomed.kill()

    try:
        members = [doomed.member(temperature=0.0, max_tokens=400), FakeProvider("Hello, Ann.")]
        async with EnsembleProvider(members, settings=Settings(_env_file=None), timeout=100) as asked:
            verdict = await asked.run("Tell a long story about a cat, a dog and a ship.", hear)
    finally:
        doomed.kill()
    broken, good = verdict.candidates
    assert len(heard) >= 3
    assert broken.status is Status.ERROR
    assert broken.error is not None
    assert broken.error.kind in {"ConnectionFailed", "VendorUnavailable", "BadAnswer"}
    assert good.status is Status.SUCCESS
    assert verdict.text == "Hello, Ann."
